"""The JSON interface described as OpenAPI, served beside it. A test holds it to the addresses."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from chat.api import edge

STRING = {"type": "string"}
INTEGER = {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
FLAG = {"type": "boolean"}
NONCE = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
MOMENT = {"type": "string", "format": "date-time"}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def record(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def listing(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


AUTHOR = record(
    {
        "id": STRING,
        "name": STRING,
        "kind": {"type": "string", "enum": ["guest", "member", "staff", "bot"]},
    }
)
SCHEMAS = {
    "Author": AUTHOR,
    "Me": record(
        {
            **AUTHOR["properties"],
            "login": FLAG,
            "staff": FLAG,
            "language": {"type": "string", "enum": ["", "ko", "en"]},
        }
    ),
    "Room": record(
        {
            "id": STRING,
            "title": STRING,
            "kind": {"type": "string", "enum": ["board", "room"]},
            "listed": FLAG,
            "closed": FLAG,
            "joined": FLAG,
            "code": nullable(STRING),
            "head": INTEGER,
            "floor": INTEGER,
            "members": INTEGER,
            "unread": {**INTEGER, "maximum": 200},
            "read": INTEGER,
            "last": nullable(
                record({"seq": INTEGER, "author": STRING, "text": STRING, "at": MOMENT})
            ),
            "pinned": FLAG,
            "muted": FLAG,
        }
    ),
    "Message": record(
        {
            "type": {"const": "message"},
            "room": STRING,
            "seq": INTEGER,
            "change": INTEGER,
            "nonce": NONCE,
            "author": ref("Author"),
            "text": STRING,
            "at": MOMENT,
        },
        {
            "html": STRING,
            "edited_at": MOMENT,
            "reply_to": record({"seq": INTEGER, "author": ref("Author"), "text": nullable(STRING)}),
            "reactions": listing(
                record({"emoji": STRING, "count": INTEGER, "people": listing(STRING)})
            ),
        },
    ),
    "Deleted": record({"seq": INTEGER, "change": INTEGER, "deleted": {"const": True}}),
    "Page": record(
        {
            "messages": listing({"anyOf": [ref("Message"), ref("Deleted")]}),
            "head": INTEGER,
            "epoch": STRING,
            "more": FLAG,
            "mine": {"type": "object", "additionalProperties": listing(STRING)},
        },
        {"newer": FLAG},
    ),
    "Hit": record(
        {
            "room": STRING,
            "title": STRING,
            "message": ref("Message"),
            "ranges": listing({**listing(INTEGER), "minItems": 2, "maxItems": 2}),
        }
    ),
    "Error": record(
        {
            "error": record(
                {"code": STRING, "detail": STRING},
                {"retry_after": {"type": "number"}, "suggestion": STRING},
            )
        }
    ),
}


def operation(
    summary: str,
    answers: dict[str, dict[str, Any] | None],
    body: dict[str, Any] | None = None,
    query: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One operation; every one may also answer with the error body."""
    responses: dict[str, Any] = {
        status: {"description": "", **({"content": content(schema)} if schema else {})}
        for status, schema in answers.items()
    }
    responses["default"] = {"description": "A refusal", "content": content(ref("Error"))}
    described: dict[str, Any] = {"summary": summary, "responses": responses}
    if body is not None:
        described["requestBody"] = {"required": True, "content": content(body)}
    if query is not None:
        described["parameters"] = [
            {"name": name, "in": "query", "schema": schema} for name, schema in query.items()
        ]
    return described


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


LOGIN = record({"username": STRING, "password": STRING})
ROOM_PATH = [{"name": "room_id", "in": "path", "required": True, "schema": STRING}]
PATHS: dict[str, dict[str, Any]] = {
    "/guests": {
        "post": operation(
            "Come in with a nickname; with a session, who that is",
            {"201": ref("Me"), "200": ref("Me")},
            record({"nickname": STRING}),
        )
    },
    "/me": {
        "get": operation("Who I am", {"200": ref("Me")}),
        "patch": operation(
            "Change my nickname or language",
            {"200": ref("Me")},
            record({}, {"nickname": STRING, "language": {"type": "string", "enum": ["ko", "en"]}}),
        ),
    },
    "/me/session": {"delete": operation("Sign out here", {"204": None})},
    "/me/login": {"post": operation("Add a login to this person", {"200": ref("Me")}, LOGIN)},
    "/login": {"post": operation("Sign in", {"200": ref("Me")}, LOGIN)},
    "/rooms": {
        "get": operation(
            "My rooms, the board first, and the listed ones",
            {"200": record({"rooms": listing(ref("Room")), "listed": listing(ref("Room"))})},
        ),
        "post": operation(
            "Make a room", {"201": ref("Room")}, record({"title": STRING}, {"listed": FLAG})
        ),
    },
    "/rooms/join": {
        "post": operation(
            "Enter a room by its code, or a listed one by its id",
            {"200": ref("Room")},
            {"oneOf": [record({"code": STRING}), record({"room": STRING})]},
        )
    },
    "/rooms/{room_id}": {
        "parameters": ROOM_PATH,
        "get": operation("One of my rooms", {"200": ref("Room")}),
    },
    "/rooms/{room_id}/leave": {
        "parameters": ROOM_PATH,
        "post": operation("Leave a room", {"200": {"type": "object"}}, {"type": "object"}),
    },
    "/rooms/{room_id}/people": {
        "parameters": ROOM_PATH,
        "get": operation(
            "Who may be meant by a name that begins with q, 20 at most, the latest speakers first",
            {"200": record({"people": listing(ref("Author"))})},
            query={"q": STRING},
        ),
    },
    "/rooms/{room_id}/mine": {
        "parameters": ROOM_PATH,
        "patch": operation(
            "Pin or mute a room in my list",
            {"200": ref("Room")},
            record({}, {"pinned": FLAG, "muted": FLAG}),
        ),
    },
    "/rooms/{room_id}/messages": {
        "parameters": ROOM_PATH,
        "get": operation(
            "History: before or around a seq, or after a change",
            {"200": ref("Page")},
            query={
                "before": INTEGER,
                "around": INTEGER,
                "after": INTEGER,
                "limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
            },
        ),
        "post": operation(
            "Say something; a repeated nonce gets the first answer with 200",
            {"201": ref("Message"), "200": ref("Message")},
            record({"text": STRING, "nonce": NONCE}, {"reply_to": INTEGER}),
        ),
    },
    "/search": {
        "get": operation(
            "Find messages in all that I may see, newest first; dates are days (UTC) or moments."
            " A search compares a bounded number of messages and answers with `more`, however few"
            " hits it has by then; `next`, sent as `before`, goes on",
            {
                "200": record(
                    {
                        "hits": listing(ref("Hit")),
                        "more": FLAG,
                        "next": nullable(STRING),
                        "partial": FLAG,
                    }
                )
            },
            query={
                "q": {**STRING, "minLength": 1},
                "room": STRING,
                "person": STRING,
                "from": STRING,
                "to": STRING,
                "before": STRING,
                "limit": {"type": "integer", "minimum": 1, "maximum": 50, "default": 20},
            },
        )
    },
    "/openapi.json": {"get": operation("This description", {"200": {"type": "object"}})},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {
        "title": "Madang",
        "version": "1",
        "description": (
            "Requests carry the session cookie that POST /guests or /login sets. Unsafe ones "
            "need Content-Type: application/json; an Origin, when sent, must be this site's."
        ),
    },
    "servers": [{"url": "/api/v1"}],
    "paths": PATHS,
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "sessionid"}},
    },
    "security": [{"session": []}],
}


def show(request: HttpRequest) -> HttpResponseBase:
    return edge.answer(DOCUMENT)


openapi = edge.endpoint(GET=show)
