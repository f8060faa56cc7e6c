/* Text in, the same text out: the prototype's interface, and every bare WebSocket loop.
 * Deliveries carry no number, so each sender's messages are counted at each client. */
#include "load.h"

#include <string.h>

static void opened(struct client *client) { client_ready(client); }

static void frame(struct client *client, const char *text, size_t len) {
    int64_t index = tally_index(text, len);
    if (index < 0) {
        counts.foreign++;
        return;
    }
    if (len != options.size) counts.altered++;
    tally_heard(client, (uint32_t)index);
}

static size_t post(char *out, uint32_t index) {
    tally_text(out, index);
    return options.size;
}

const struct dialect TEXT = {
    .name = "text", .path = "/ws/notice_board", .opened = opened, .frame = frame, .post = post};

const struct dialect TEXT_ECHO = {.name = "text-echo",
                                  .path = "/ws/notice_board",
                                  .echoes = true,
                                  .opened = opened,
                                  .frame = frame,
                                  .post = post};
