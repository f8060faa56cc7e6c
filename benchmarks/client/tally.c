/* Every post of ours and who has it: exactly once, in order, until the last one has it.
 * A message's text and nonce begin with the same 16 hex digits, run and index; so a delivery
 * of any dialect leads back to its post. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct message *messages;
uint32_t message_count, in_flight;

static uint32_t message_cap;
static uint32_t *flight; /* indexes of messages in flight, unordered */
static uint32_t flight_cap;
static uint32_t *posted_by; /* how many each sender has posted */
static uint32_t **posts_of; /* sender → number - 1 → index */
static uint32_t *posts_cap;
static uint32_t *by_change; /* change - base → index + 1 */
static uint64_t change_base, change_cap;

static void release(struct message *message) {
    if (!message->open) return;
    message->open = false;
    uint32_t last = flight[--in_flight];
    flight[message->flight] = last;
    messages[last].flight = message->flight;
}

static void settle(struct message *message) {
    bool acked = !dialect->numbered || message->acked > 0;
    bool everywhere = message->needed == 0;
    if (everywhere && message->complete == 0) {
        message->complete = now;
        if (!message->lost) counts.completes++;
    }
    if (options.gate_on_ack && dialect->numbered ? acked : acked && everywhere) release(message);
}

static void lose(struct message *message) {
    if (!message->lost) counts.lost++;
    message->lost = true;
    if (message->needed > 0) message->needed--;
    settle(message);
}

void tally_start(void) {
    posted_by = calloc(options.senders + 1, sizeof *posted_by);
    posts_of = calloc(options.senders + 1, sizeof *posts_of);
    posts_cap = calloc(options.senders + 1, sizeof *posts_cap);
    if (!posted_by || !posts_of || !posts_cap) fail("out of memory");
}

uint32_t tally_post(uint32_t sender, double at, uint32_t needed) {
    if (message_count == message_cap) {
        message_cap = message_cap ? message_cap * 2 : 65536;
        messages = realloc(messages, message_cap * sizeof *messages);
    }
    if (in_flight == flight_cap) {
        flight_cap = flight_cap ? flight_cap * 2 : 4096;
        flight = realloc(flight, flight_cap * sizeof *flight);
    }
    uint32_t index = message_count++, number = ++posted_by[sender];
    if (number > posts_cap[sender]) {
        posts_cap[sender] = posts_cap[sender] ? posts_cap[sender] * 2 : 256;
        posts_of[sender] = realloc(posts_of[sender], posts_cap[sender] * sizeof(uint32_t));
        if (!posts_of[sender]) fail("out of memory");
    }
    if (!messages || !flight) fail("out of memory");
    posts_of[sender][number - 1] = index;
    messages[index] = (struct message){.sent = at,
                                       .sender = sender,
                                       .number = number,
                                       .needed = needed,
                                       .flight = in_flight,
                                       .open = true};
    flight[in_flight++] = index;
    counts.posts++;
    return index;
}

void tally_text(char *out, uint32_t index) {
    static const char FILLER[] = " the quick brown fox jumps over the lazy dog";
    char token[TOKEN + 1];
    snprintf(token, sizeof token, "%08x%08x", options.run, index);
    memcpy(out, token, TOKEN);
    for (uint32_t i = TOKEN; i < options.size; i++)
        out[i] = FILLER[(i - TOKEN) % (sizeof FILLER - 1)];
    if (out[options.size - 1] == ' ') out[options.size - 1] = '.';
}

/* The message that a text or nonce speaks of, or -1 when it is none of this run. */
int64_t tally_index(const char *token, size_t len) {
    if (len < TOKEN) return -1;
    uint64_t value = 0;
    for (int i = 0; i < TOKEN; i++) {
        char c = token[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return -1;
        value = value << 4 | (uint64_t)digit;
    }
    uint32_t index = (uint32_t)value;
    return value >> 32 == options.run && index < message_count ? (int64_t)index : -1;
}

void tally_delivery(struct client *client, uint32_t index) {
    struct message *message = &messages[index];
    (void)client;
    counts.deliveries++;
    if (message->needed > 0) message->needed--;
    if (message->needed == 0) settle(message);
}

/* A delivery without a number: exactly once and in order means that each sender's
 * messages arrive as 1, 2, 3 … at every client. */
void tally_heard(struct client *client, uint32_t index) {
    struct message *message = &messages[index];
    uint32_t *heard = &client->heard[message->sender];
    if (message->number <= *heard) {
        counts.repeats++;
        return;
    }
    for (uint32_t number = *heard + 1; number < message->number; number++) {
        counts.gaps++;
        lose(&messages[posts_of[message->sender][number - 1]]);
    }
    *heard = message->number;
    tally_delivery(client, index);
}

/* A numbered delivery (index -1: not of this run, or no message at all). */
void tally_numbered(struct client *client, uint64_t change, int64_t index) {
    if (change <= client->last) {
        counts.repeats++;
        return;
    }
    for (uint64_t missing = client->last + 1; missing < change; missing++) {
        counts.gaps++;
        if (by_change && missing >= change_base && missing - change_base < change_cap &&
            by_change[missing - change_base])
            lose(&messages[by_change[missing - change_base] - 1]);
    }
    client->last = change;
    if (index >= 0) tally_delivery(client, (uint32_t)index);
}

static void mismatch(struct message *message) {
    if (!message->mismatched) counts.mismatched++;
    message->mismatched = true;
}

/* A text came otherwise than it was sent, whoever reports it. */
void tally_altered(uint32_t index) {
    if (!messages[index].altered) counts.altered++;
    messages[index].altered = true;
}

/* Notes which number a message has; a second number, or a number of two messages, is a fault. */
void tally_seen(uint32_t index, uint64_t change) {
    struct message *message = &messages[index];
    if (message->change == change) return;
    if (message->change != 0) {
        mismatch(message);
        return;
    }
    message->change = change;
    if (!by_change) change_base = change > 65536 ? change - 65536 : 0;
    if (change < change_base) return;
    uint64_t place = change - change_base;
    if (place >= change_cap) {
        uint64_t cap = change_cap ? change_cap : 131072;
        while (place >= cap) cap *= 2;
        by_change = realloc(by_change, cap * sizeof *by_change);
        if (!by_change) fail("out of memory");
        memset(by_change + change_cap, 0, (cap - change_cap) * sizeof *by_change);
        change_cap = cap;
    }
    if (by_change[place]) mismatch(message);
    by_change[place] = index + 1;
}

void tally_ack(uint32_t index, uint64_t change) {
    struct message *message = &messages[index];
    tally_seen(index, change);
    if (message->acked > 0) {
        counts.repeats++;
        return;
    }
    message->acked = now;
    counts.acks++;
    settle(message);
}

/* A client has gone: nothing in flight waits for it any longer. */
void tally_closed(const struct client *client) {
    for (uint32_t place = 0; place < in_flight;) {
        uint32_t index = flight[place];
        struct message *message = &messages[index];
        bool has = dialect->numbered
                       ? message->change != 0 && message->change <= client->last
                       : client->heard && client->heard[message->sender] >= message->number;
        if (!has && (dialect->echoes || message->sender != client->id)) lose(message);
        if (place < in_flight && flight[place] == index) place++;
    }
}

/* Gives up what has been in flight for too long, so that a lossy server can't stall the run. */
void tally_overdue(void) {
    for (uint32_t place = 0; place < in_flight;) {
        struct message *message = &messages[flight[place]];
        if (now - message->sent < options.give_up) {
            place++;
            continue;
        }
        counts.given_up++;
        if (!message->lost && message->needed > 0) {
            message->lost = true;
            counts.lost++;
        }
        release(message);
    }
}

/* Messages that some client still waits for, or that were not acked. */
uint32_t tally_unfinished(void) {
    uint32_t unfinished = 0;
    for (uint32_t i = 0; i < message_count; i++)
        if (messages[i].needed > 0 || (dialect->numbered && messages[i].acked == 0)) unfinished++;
    return unfinished;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The latencies of what was finished (or acked) between two moments, sorted. */
void tally_latencies(double from, double to, bool acks, double **sorted, size_t *count) {
    *sorted = malloc((message_count + 1) * sizeof **sorted);
    *count = 0;
    if (!*sorted) fail("out of memory");
    for (uint32_t i = 0; i < message_count; i++) {
        double end = acks ? messages[i].acked : messages[i].complete;
        if (end >= from && end < to && (acks || !messages[i].lost))
            (*sorted)[(*count)++] = end - messages[i].sent;
    }
    qsort(*sorted, *count, sizeof **sorted, ascending);
}
