"""The prototype's loop: a list of sockets, and an awaited send to each of the others."""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
clients: list[WebSocket] = []


@app.websocket("/ws/notice_board")
async def notice_board(websocket: WebSocket) -> None:
    await websocket.accept()
    clients.append(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for client in clients:
                if client is not websocket:
                    await client.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        clients.remove(websocket)
