/* What a run found, as one JSON object, and the words of the server's first errors. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 3 };

int close_codes[CODES];

static char first_errors[SAMPLE][200];
static int error_samples;

void server_error(const char *text, size_t len) {
    if (error_samples == SAMPLE) return;
    size_t cut = len < sizeof first_errors[0] - 1 ? len : sizeof first_errors[0] - 1;
    memcpy(first_errors[error_samples++], text, cut);
}

void print_quantiles(const char *name, const double *sorted, size_t count) {
    printf("\"%s\":{\"count\":%zu", name, count);
    if (count) {
        static const double quantiles[] = {0.5, 0.9, 0.95, 0.99};
        static const char *names[] = {"p50", "p90", "p95", "p99"};
        for (int i = 0; i < 4; i++) { /* nearest rank: a value that really occurred */
            size_t rank = (size_t)(quantiles[i] * (double)count + 0.999999);
            printf(",\"%s\":%.3f", names[i], sorted[(rank ? rank : 1) - 1] * 1e3);
        }
        printf(",\"max\":%.3f", sorted[count - 1] * 1e3);
    }
    printf("},");
}

static void print_latencies(const char *name, double from, double to, bool acks) {
    double *sorted;
    size_t count;
    tally_latencies(from, to, acks, &sorted, &count);
    print_quantiles(name, sorted, count);
    free(sorted);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How long each client took from its connect() until it had all that it missed. */
static void print_joins(void) {
    double *taken = malloc(options.clients * sizeof *taken);
    if (!taken) fail("out of memory");
    for (uint32_t i = 0; i < options.clients; i++) taken[i] = clients[i].joined - clients[i].began;
    qsort(taken, options.clients, sizeof *taken, ascending);
    print_quantiles("join_ms", taken, options.clients);
    free(taken);
}

void print_text(const char *text) {
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') printf("\\%c", c);
        else if (c < 32 || c > 126) putchar('?');
        else putchar(c);
    }
    putchar('"');
}

void print_samples(void) {
    printf("\"samples\":[");
    for (int i = 0; i < error_samples; i++) {
        if (i) putchar(',');
        print_text(first_errors[i]);
    }
    putchar(']');
}

/* Seconds of the measured window: what the server used in each, and how many frames it sent. */
static void print_timeline(void) {
    printf("\"timeline\":[");
    for (int i = 1; i < mark_count; i++)
        printf("%s[%.4f,%llu]", i > 1 ? "," : "", marks[i].watched_cpu - marks[i - 1].watched_cpu,
               (unsigned long long)(marks[i].counts.frames - marks[i - 1].counts.frames));
    printf("],");
}

void print_report(const struct joining *joining, const struct snapshot *from,
                  const struct snapshot *to) {
    double seconds = to->at - from->at;
    uint64_t frames = to->counts.frames - from->counts.frames;
    uint64_t deliveries = to->counts.deliveries - from->counts.deliveries;
    uint64_t foreign = to->counts.foreign - from->counts.foreign;
    uint64_t least = UINT64_MAX, most = 0, last = 0;
    for (uint32_t i = 0; i < options.clients; i++) {
        if (clients[i].backlog < least) least = clients[i].backlog;
        if (clients[i].backlog > most) most = clients[i].backlog;
        if (clients[i].last > last) last = clients[i].last;
    }
    printf("{\"clients\":%u,\"senders\":%u,\"window\":%u,\"rate\":%g,\"seconds\":%.6f,",
           options.clients, options.senders, options.window, options.rate, seconds);
    printf("\"join_seconds\":%.6f,\"join_cpu\":%.4f,", joining->seconds, joining->cpu);
    print_joins();
    print_timeline();
    printf("\"deliveries\":%llu,\"foreign\":%llu,\"posts\":%llu,"
           "\"acks\":%llu,\"completed\":%llu,\"frames\":%llu,\"bytes\":%llu,",
           (unsigned long long)deliveries, (unsigned long long)foreign,
           (unsigned long long)(to->counts.posts - from->counts.posts),
           (unsigned long long)(to->counts.acks - from->counts.acks),
           (unsigned long long)(to->counts.completes - from->counts.completes),
           (unsigned long long)frames, (unsigned long long)(to->counts.bytes - from->counts.bytes));
    printf("\"deliveries_per_second\":%.1f,\"foreign_per_second\":%.1f,\"acks_per_second\":%.1f,"
           "\"completed_per_second\":%.1f,\"deliveries_per_frame\":%.2f,",
           deliveries / seconds, foreign / seconds, (to->counts.acks - from->counts.acks) / seconds,
           (to->counts.completes - from->counts.completes) / seconds,
           frames ? (double)(deliveries + foreign) / frames : 0);
    print_latencies("all_ms", from->at, to->at, false);
    print_latencies("ack_ms", from->at, to->at, true);
    printf("\"client_cpu\":%.4f,\"server_cpu\":%.4f,\"server_rss\":%.0f,",
           (to->own_cpu - from->own_cpu) / seconds, (to->watched_cpu - from->watched_cpu) / seconds,
           watched_memory());
    printf("\"total\":{\"posts\":%llu,\"acks\":%llu,\"deliveries\":%llu,\"foreign\":%llu},",
           (unsigned long long)counts.posts, (unsigned long long)counts.acks,
           (unsigned long long)counts.deliveries, (unsigned long long)counts.foreign);
    printf("\"backlog\":{\"least\":%llu,\"most\":%llu},\"last\":%llu,",
           (unsigned long long)(options.clients ? least : 0), (unsigned long long)most,
           (unsigned long long)last);
    printf("\"gaps\":%llu,\"repeats\":%llu,\"mismatched\":%llu,\"altered\":%llu,\"errors\":%llu,"
           "\"resets\":%llu,\"closed\":%llu,\"lost\":%llu,\"given_up\":%llu,\"unfinished\":%u,",
           (unsigned long long)counts.gaps, (unsigned long long)counts.repeats,
           (unsigned long long)counts.mismatched, (unsigned long long)counts.altered,
           (unsigned long long)counts.errors, (unsigned long long)counts.resets,
           (unsigned long long)counts.closed, (unsigned long long)counts.lost,
           (unsigned long long)counts.given_up, tally_unfinished());
    printf("\"close_codes\":{");
    for (int code = 0, first = 1; code < CODES; code++)
        if (close_codes[code]) {
            printf("%s\"%d\":%d", first ? "" : ",", code, close_codes[code]);
            first = 0;
        }
    printf("},");
    print_samples();
    printf("}\n");
}
