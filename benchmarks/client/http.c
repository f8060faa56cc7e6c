/* The request benchmark: C keep-alive connections, each asking again once its answer is whole.
 * Every answer must be a 200 with a Content-Length and hold the expected text. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 4 << 20, MOST = 256 };

struct asker {
    int fd;
    uint32_t id;
    double asked;
    char *input;
    size_t len;
};

static const char *path, *expected, *encoding;
static uint64_t answers, refused, wrong, bytes;
static double *taken;
static size_t taken_count, taken_cap;
static bool measuring;

static void ask(struct asker *asker) {
    char request[8192];
    const char *cookie = cookie_of(asker->id);
    int len = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s:%u\r\n", path,
                       options.host, options.ports[0]);
    if (cookie) len += snprintf(request + len, sizeof request - len, "Cookie: %s\r\n", cookie);
    if (encoding)
        len += snprintf(request + len, sizeof request - len, "Accept-Encoding: %s\r\n", encoding);
    len += snprintf(request + len, sizeof request - len, "\r\n");
    if ((size_t)len >= sizeof request) fail("the request is too long");
    asker->asked = clock_now();
    asker->len = 0;
    if (send(asker->fd, request, (size_t)len, MSG_NOSIGNAL) != len) fail("send: %m");
}

static void reach(struct asker *asker) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options.ports[0])};
    if (inet_pton(AF_INET, options.host, &address.sin_addr) != 1)
        fail("not an address: %s", options.host);
    asker->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(asker->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (asker->fd < 0 || connect(asker->fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect: %m");
}

/* The length of the whole answer, 0 while its head is incomplete. */
static size_t answer_length(const struct asker *asker, const char **body) {
    const char *end = memmem(asker->input, asker->len, "\r\n\r\n", 4);
    if (!end) return 0;
    *body = end + 4;
    for (const char *line = asker->input; line && line < end;) {
        if (strncasecmp(line, "content-length:", 15) == 0)
            return (size_t)(*body - asker->input) + strtoul(line + 15, NULL, 10);
        line = memmem(line, (size_t)(end - line), "\r\n", 2);
        if (line) line += 2;
    }
    fail("an answer without Content-Length: %.*s", 200, asker->input);
}

static void listen_to(struct asker *asker) {
    ssize_t got = recv(asker->fd, asker->input + asker->len, ROOM - asker->len, 0);
    if (got <= 0) fail("the server closed a connection: %s", got ? strerror(errno) : "its end");
    asker->len += (size_t)got;
    const char *body;
    size_t whole = answer_length(asker, &body);
    if (whole == 0 || asker->len < whole) return;
    if (asker->len > whole) fail("more bytes than the answer's length");
    double now_ = clock_now();
    bool ok = memcmp(asker->input + 9, "200", 3) == 0;
    if (!ok) {
        if (refused++ == 0) server_error(asker->input, asker->len < 190 ? asker->len : 190);
    } else if (expected && !memmem(body, whole - (size_t)(body - asker->input), expected,
                                   strlen(expected))) {
        wrong++;
    }
    if (measuring) {
        if (taken_count == taken_cap) {
            taken_cap = taken_cap ? taken_cap * 2 : 65536;
            taken = realloc(taken, taken_cap * sizeof *taken);
            if (!taken) fail("out of memory");
        }
        taken[taken_count++] = now_ - asker->asked;
        answers++;
        bytes += whole;
    }
    ask(asker);
}

static void serve_until(int poll_fd, double end) {
    struct epoll_event events[MOST];
    while (clock_now() < end) {
        int count = epoll_wait(poll_fd, events, MOST, 100);
        if (count < 0 && errno != EINTR) fail("epoll_wait: %m");
        for (int i = 0; i < count; i++) listen_to(events[i].data.ptr);
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void read_http_options(int argc, char **argv) {
    static const struct option names[] = {
        {"host", 1, 0, 'h'},   {"port", 1, 0, 'p'},   {"path", 1, 0, 'P'},
        {"cookies", 1, 0, 'c'}, {"clients", 1, 0, 'n'}, {"warmup", 1, 0, 'u'},
        {"duration", 1, 0, 't'}, {"watch", 1, 0, 'W'}, {"expect", 1, 0, 'x'},
        {"accept", 1, 0, 'e'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 'h': options.host = optarg; break;
        case 'p': options.ports[options.port_count++] = (uint16_t)atoi(optarg); break;
        case 'P': path = optarg; break;
        case 'c': read_cookies(optarg); break;
        case 'n': options.clients = (uint32_t)atoi(optarg); break;
        case 'u': options.warmup = atof(optarg); break;
        case 't': options.duration = atof(optarg); break;
        case 'W': read_watched(optarg); break;
        case 'x': expected = optarg; break;
        case 'e': encoding = optarg; break;
        default: exit(2);
        }
    }
    if (!path || options.port_count != 1) fail("--path and one --port are needed");
    if (options.clients < 1 || options.clients > MOST) fail("--clients is 1 to %d", MOST);
}

int http_main(int argc, char **argv) {
    read_http_options(argc, argv);
    int poll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct asker *askers = calloc(options.clients, sizeof *askers);
    if (!askers || poll_fd < 0) fail("out of memory");
    for (uint32_t i = 0; i < options.clients; i++) {
        askers[i].id = i;
        if (!(askers[i].input = malloc(ROOM))) fail("out of memory");
        reach(&askers[i]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &askers[i]};
        if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, askers[i].fd, &event) < 0) fail("epoll_ctl: %m");
        ask(&askers[i]);
    }
    serve_until(poll_fd, clock_now() + options.warmup);
    measuring = true;
    double from = clock_now(), server = watched_cpu(), own = own_cpu();
    serve_until(poll_fd, from + options.duration);
    double seconds = clock_now() - from;
    server = watched_cpu() - server;
    own = own_cpu() - own;
    qsort(taken, taken_count, sizeof *taken, ascending);
    printf("{\"path\":");
    print_text(path);
    printf(",\"clients\":%u,\"seconds\":%.6f,\"answers\":%llu,\"per_second\":%.1f,\"bytes\":%llu,"
           "\"refused\":%llu,\"wrong\":%llu,\"client_cpu\":%.4f,\"server_cpu\":%.4f,"
           "\"server_rss\":%.0f,",
           options.clients, seconds, (unsigned long long)answers, answers / seconds,
           (unsigned long long)bytes, (unsigned long long)refused, (unsigned long long)wrong,
           own / seconds, server / seconds, watched_memory());
    print_quantiles("ms", taken, taken_count);
    print_samples();
    printf("}\n");
    return 0;
}
