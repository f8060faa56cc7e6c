/* madang.v1: JSON commands out, JSON arrays of events in.
 * A frame that many clients share is parsed once: the last ones are kept whole, and a client's
 * frame that equals a kept one byte for byte (memcmp, no hash alone) has the same events.
 * Everything else is parsed in full. So every delivery is accounted for at every client. */
#define _GNU_SOURCE
#include "json.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { MESSAGE, NUMBER, SKIP, SUBSCRIBED, ACK, ERROR_EVENT, RESET };

struct event {
    enum kind kind;
    uint64_t change; /* SKIP: up to; SUBSCRIBED: the head */
    int64_t index;
};

struct parsed {
    char *bytes;
    size_t len, cap;
    struct event *events;
    size_t count, events_cap;
};

enum { KEPT = 512, SLOTS = 1024 };
static struct parsed kept[KEPT], single;
static uint32_t next_kept;
static uint16_t slots[SLOTS]; /* key of a frame → place in kept + 1 */

static uint32_t key_of(const char *text, size_t len) {
    uint64_t key = len * 0x9E3779B97F4A7C15ull;
    size_t step = len / 8 ? len / 8 : 1;
    for (size_t at = step / 2; at + 8 <= len; at += step) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        key = (key ^ word) * 0xFF51AFD7ED558CCDull;
        key ^= key >> 29;
    }
    return key % SLOTS;
}

static void add(struct parsed *parsed, enum kind kind, uint64_t change, int64_t index) {
    if (parsed->count == parsed->events_cap) {
        parsed->events_cap = parsed->events_cap ? parsed->events_cap * 2 : 64;
        parsed->events = realloc(parsed->events, parsed->events_cap * sizeof *parsed->events);
        if (!parsed->events) fail("out of memory");
    }
    parsed->events[parsed->count++] = (struct event){kind, change, index};
}

static void check_text(struct span text, uint32_t index) {
    char expected[4096];
    if (memchr(text.at, '\\', text.len)) return; /* escaped: equal only after unescaping */
    tally_text(expected, index);
    if (text.len != options.size || memcmp(text.at, expected, text.len) != 0)
        tally_altered(index);
}

/* Reads one event, adds what concerns the run; false for bad JSON. */
static bool read_event(const char **at, const char *end, struct parsed *into) {
    struct span key, value, type = {"", 0}, nonce = {"", 0}, text = {"", 0}, room = {"", 0};
    uint64_t change = 0, to = 0, head = 0;
    const char *start = *at;
    (*at)++;
    while (json_member(at, end, &key, &value)) {
        switch (key.len) {
        case 4:
            if (span_is(key, "type")) type = value;
            else if (span_is(key, "text")) text = value;
            else if (span_is(key, "room")) room = value;
            else if (span_is(key, "head")) head = span_number(value);
            break;
        case 5:
            if (span_is(key, "nonce")) nonce = value;
            break;
        case 6:
            if (span_is(key, "change")) change = span_number(value);
            break;
        case 2:
            if (span_is(key, "to")) to = span_number(value);
            break;
        }
    }
    if (!*at) return false;
    if (span_is(type, "ack")) {
        add(into, ACK, change, tally_index(nonce.at, nonce.len));
    } else if (span_is(type, "error")) {
        add(into, ERROR_EVENT, 0, tally_index(nonce.at, nonce.len));
        server_error(start, *at - start);
    } else if (span_is(room, options.room)) {
        if (span_is(type, "message")) {
            int64_t index = tally_index(nonce.at, nonce.len);
            if (index >= 0) {
                tally_seen((uint32_t)index, change);
                check_text(text, (uint32_t)index);
            }
            add(into, MESSAGE, change, index);
        } else if (span_is(type, "room")) {
            add(into, NUMBER, change, -1);
        } else if (span_is(type, "skip")) {
            add(into, SKIP, to, -1);
        } else if (span_is(type, "subscribed")) {
            add(into, SUBSCRIBED, head, -1);
        } else if (span_is(type, "reset")) {
            add(into, RESET, 0, -1);
        }
    }
    return true;
}

static void parse(const char *text, size_t len, struct parsed *into) {
    const char *at = json_space(text, text + len), *end = text + len;
    into->count = 0;
    if (at >= end || *at != '[') fail("not an array of events: %.*s", (int)(len < 300 ? len : 300), text);
    at = json_space(at + 1, end);
    while (at < end && *at == '{') {
        if (!read_event(&at, end, into)) break;
        at = json_space(at, end);
        if (at < end && *at == ',') at = json_space(at + 1, end);
    }
    if (!at || at >= end || *at != ']')
        fail("bad JSON from the server: %.*s", (int)(len < 300 ? len : 300), text);
}

static void number(struct client *client, const struct event *event) {
    if (client->state == READY) {
        if (event->kind == MESSAGE && event->index < 0 && event->change > client->last)
            counts.foreign++;
        tally_numbered(client, event->change, event->index);
    } else if (event->change > client->last) { /* the backlog, or the page before it */
        client->last = event->change;
        if (event->kind == MESSAGE) client->backlog++;
    }
}

static void apply(struct client *client, const struct parsed *parsed) {
    for (size_t i = 0; i < parsed->count; i++) {
        const struct event *event = &parsed->events[i];
        switch (event->kind) {
        case MESSAGE:
        case NUMBER:
            number(client, event);
            break;
        case SKIP:
            if (event->change > client->last) client->last = event->change;
            break;
        case SUBSCRIBED:
            if (event->change < client->last) counts.mismatched++;
            client->last = event->change;
            if (client->state == OPENING) client_ready(client);
            break;
        case ACK:
            if (event->index >= 0) tally_ack((uint32_t)event->index, event->change);
            break;
        case ERROR_EVENT:
            counts.errors++;
            break;
        case RESET:
            counts.resets++;
            client->last = 0;
            client->backlog = 0;
            break;
        }
        if (client->state == CLOSED) return;
    }
}

/* Only frames of nothing but numbered events are kept; acks and the like are one client's own. */
static bool shared(const struct parsed *parsed) {
    for (size_t i = 0; i < parsed->count; i++)
        if (parsed->events[i].kind > SKIP) return false;
    return parsed->count > 0;
}

static void frame(struct client *client, const char *text, size_t len) {
    uint32_t key = key_of(text, len);
    if (slots[key]) {
        struct parsed *known = &kept[slots[key] - 1];
        if (known->len == len && memcmp(known->bytes, text, len) == 0) {
            apply(client, known);
            return;
        }
    }
    parse(text, len, &single);
    if (shared(&single)) {
        struct parsed *place = &kept[next_kept], old = *place;
        if (old.len) { /* its slot may be another's by now */
            uint32_t old_key = key_of(old.bytes, old.len);
            if (slots[old_key] == next_kept + 1) slots[old_key] = 0;
        }
        if (old.cap < len) {
            old.cap = len * 2;
            old.bytes = realloc(old.bytes, old.cap);
            if (!old.bytes) fail("out of memory");
        }
        memcpy(old.bytes, text, len);
        *place = single;
        place->bytes = old.bytes;
        place->cap = old.cap;
        place->len = len;
        single = (struct parsed){.events = old.events, .events_cap = old.events_cap};
        slots[key] = (uint16_t)(next_kept + 1);
        next_kept = (next_kept + 1) % KEPT;
        apply(client, place);
        return;
    }
    apply(client, &single);
}

static void opened(struct client *client) {
    char command[256];
    int len;
    if (options.has_after) {
        len = snprintf(command, sizeof command,
                       "{\"type\":\"subscribe\",\"room\":\"%s\",\"after\":%llu,\"epoch\":\"%s\"}",
                       options.room, (unsigned long long)options.after, options.epoch);
        client->last = options.after;
    } else {
        len = snprintf(command, sizeof command, "{\"type\":\"subscribe\",\"room\":\"%s\"}",
                       options.room);
    }
    client_send(client, command, (size_t)len);
}

static size_t post(char *out, uint32_t index) {
    char text[4096];
    tally_text(text, index);
    return (size_t)snprintf(out, 8192,
                            "{\"type\":\"post\",\"room\":\"%s\",\"nonce\":\"%08x%08x\",\"text\":\"%.*s\"}",
                            options.room, options.run, index, (int)options.size, text);
}

const struct dialect MADANG = {.name = "madang",
                               .path = "/ws/",
                               .subprotocol = "madang.v1",
                               .numbered = true,
                               .echoes = true,
                               .opened = opened,
                               .frame = frame,
                               .post = post};
