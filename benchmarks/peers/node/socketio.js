// Socket.IO as its guide has it: each message is emitted to everyone. WebSocket transport only.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.on('connection', (socket) => {
  socket.on('m', (text) => {
    io.emit('m', text);
  });
});
http.listen(Number(process.env.PORT), '127.0.0.1', 2048);
