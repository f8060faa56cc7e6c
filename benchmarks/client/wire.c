/* RFC 6455 as far as a client needs it: the opening handshake, frames in, masked frames out.
 * The key is a constant, so that the expected answer is one too. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char KEY[] = "dGhlIHNhbXBsZSBub25jZQ==";
static const char ANSWER[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

size_t wire_request(char *out, size_t cap, uint16_t port, const char *cookie) {
    int len = snprintf(out, cap,
                       "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: %s\r\n",
                       options.path, options.host, port, KEY);
    if (options.origin) len += snprintf(out + len, cap - len, "Origin: %s\r\n", options.origin);
    if (dialect->subprotocol)
        len += snprintf(out + len, cap - len, "Sec-WebSocket-Protocol: %s\r\n",
                        dialect->subprotocol);
    if (cookie) len += snprintf(out + len, cap - len, "Cookie: %s\r\n", cookie);
    len += snprintf(out + len, cap - len, "\r\n");
    if ((size_t)len >= cap) fail("the request's head is longer than %zu bytes", cap);
    return len;
}

/* The value of a header in a head that ends at `end`, or NULL. */
static const char *header(const char *head, const char *end, const char *name, size_t *len) {
    size_t name_len = strlen(name);
    for (const char *line = head; line < end;) {
        const char *stop = memmem(line, end - line, "\r\n", 2);
        if (!stop) stop = end;
        if ((size_t)(stop - line) > name_len && line[name_len] == ':' &&
            strncasecmp(line, name, name_len) == 0) {
            const char *value = line + name_len + 1;
            while (value < stop && *value == ' ') value++;
            *len = stop - value;
            return value;
        }
        line = stop + 2;
    }
    return NULL;
}

size_t wire_accepted(const char *input, size_t len) {
    const char *end = memmem(input, len, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t value_len;
    if (len < 12 || memcmp(input + 9, "101", 3) != 0)
        fail("the handshake was refused: %.*s", (int)(len < 600 ? len : 600), input);
    const char *value = header(input, end, "Sec-WebSocket-Accept", &value_len);
    if (!value || value_len != strlen(ANSWER) || memcmp(value, ANSWER, value_len) != 0)
        fail("the handshake's answer has a wrong Sec-WebSocket-Accept");
    if (dialect->subprotocol) {
        value = header(input, end, "Sec-WebSocket-Protocol", &value_len);
        if (!value || value_len != strlen(dialect->subprotocol) ||
            memcmp(value, dialect->subprotocol, value_len) != 0)
            fail("the server did not take the subprotocol %s", dialect->subprotocol);
    }
    if (header(input, end, "Sec-WebSocket-Extensions", &value_len))
        fail("the server chose an extension that was not offered");
    return end + 4 - input;
}

bool wire_frame(const unsigned char *in, size_t len, struct frame *frame) {
    if (len < 2) return false;
    size_t head = 2;
    uint64_t size = in[1] & 127;
    if (in[0] & 0x70) fail("a frame has reserved bits set");
    if (in[1] & 128) fail("the server masked a frame");
    if (size == 126) {
        if (len < 4) return false;
        size = (uint64_t)in[2] << 8 | in[3];
        head = 4;
    } else if (size == 127) {
        if (len < 10) return false;
        size = 0;
        for (int i = 2; i < 10; i++) size = size << 8 | in[i];
        head = 10;
    }
    if (len < head + size) return false;
    frame->opcode = in[0] & 15;
    frame->final = in[0] & 128;
    frame->payload = (const char *)in + head;
    frame->len = size;
    frame->whole = head + size;
    return true;
}

size_t wire_mask(unsigned char *out, enum opcode opcode, const char *payload, size_t len) {
    static uint32_t state = 2463534242u;
    size_t head = 2;
    out[0] = 128 | opcode;
    if (len < 126) {
        out[1] = 128 | len;
    } else if (len < 65536) {
        out[1] = 128 | 126;
        out[2] = len >> 8;
        out[3] = len & 255;
        head = 4;
    } else {
        fail("a frame of %zu bytes is more than this client sends", len);
    }
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    unsigned char mask[4];
    memcpy(mask, &state, 4);
    memcpy(out + head, mask, 4);
    for (size_t i = 0; i < len; i++) out[head + 4 + i] = (unsigned char)payload[i] ^ mask[i & 3];
    return head + 4 + len;
}
