/* Socket.IO 4 over its WebSocket transport: Engine.IO packets, one event named "m".
 * The server answers the open packet and our connect; pings are answered at once. */
#include "load.h"

#include <stdio.h>
#include <string.h>

static const char EVENT[] = "42[\"m\",\"";

static void opened(struct client *client) { (void)client; /* the server speaks first */ }

static void frame(struct client *client, const char *text, size_t len) {
    size_t head = sizeof EVENT - 1;
    if (len > head && memcmp(text, EVENT, head) == 0) {
        int64_t index = tally_index(text + head, len - head);
        if (index < 0) {
            counts.foreign++;
            return;
        }
        if (len != head + options.size + 2) counts.altered++;
        tally_heard(client, (uint32_t)index);
    } else if (len >= 1 && text[0] == '0') {
        client_send(client, "40", 2);
    } else if (len >= 2 && text[0] == '4' && text[1] == '0') {
        if (client->state == OPENING) client_ready(client);
    } else if (len >= 1 && text[0] == '2') {
        client_send(client, "3", 1);
    } else {
        counts.errors++;
        server_error(text, len);
    }
}

static size_t post(char *out, uint32_t index) {
    char text[4096];
    tally_text(text, index);
    return (size_t)snprintf(out, 8192, "%s%.*s\"]", EVENT, (int)options.size, text);
}

const struct dialect SOCKETIO = {.name = "socketio",
                                 .path = "/socket.io/?EIO=4&transport=websocket",
                                 .echoes = true,
                                 .opened = opened,
                                 .frame = frame,
                                 .post = post};
