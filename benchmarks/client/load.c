/* The load client: joins N clients, lets S of them post with W messages in flight (or at a fixed
 * rate), counts at every client, and prints one JSON object. Phases: join, settle, warm-up,
 * measured window, drain. `load http …` is the other program in here. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { SCRATCH = 4 << 20, BATCH = 512, SAMPLE = 3, MARKS = 600 };

struct snapshot {
    double at, own_cpu, watched_cpu;
    struct counts counts;
};

struct joining {
    double seconds, cpu; /* of all clients; what the watched processes used */
};

struct options options = {
    .host = "127.0.0.1", .room = "board", .epoch = "", .clients = 100, .window = 1, .size = 64,
    .connecting = 64, .warmup = 1, .duration = 5, .settle = 0.5, .drain = 5, .give_up = 60,
    .join_timeout = 60,
};
struct counts counts;
const struct dialect *dialect;
double now;

static struct client *clients;
static char **cookies;
static uint32_t cookie_count, started, ready, live;
static int poll_fd, timer_fd;
static unsigned char *scratch;
static bool ending;
static uint32_t next_sender;
static double next_due; /* of the fixed rate's next post */
static int close_codes[5000];
static char first_errors[SAMPLE][200];
static int error_samples;
static struct snapshot marks[MARKS]; /* one a second, with --timeline */
static int mark_count;

void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    exit(1);
}

double clock_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

void server_error(const char *text, size_t len) {
    if (error_samples == SAMPLE) return;
    size_t cut = len < sizeof first_errors[0] - 1 ? len : sizeof first_errors[0] - 1;
    memcpy(first_errors[error_samples++], text, cut);
}

static void watch(struct client *client, bool write) {
    struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0), .data.ptr = client};
    client->watches_write = write;
    if (epoll_ctl(poll_fd, EPOLL_CTL_MOD, client->fd, &event) < 0) fail("epoll_ctl: %m");
}

static void keep(unsigned char **buffer, size_t *len, size_t *cap, const void *bytes, size_t add) {
    if (*len + add > *cap) {
        *cap = (*len + add) * 2;
        *buffer = realloc(*buffer, *cap);
        if (!*buffer) fail("out of memory");
    }
    memcpy(*buffer + *len, bytes, add);
    *len += add;
}

static void transmit(struct client *client, const unsigned char *bytes, size_t len) {
    if (client->unsent_len == 0) {
        ssize_t sent = send(client->fd, bytes, len, MSG_NOSIGNAL);
        if (sent == (ssize_t)len) return;
        if (sent < 0 && errno != EAGAIN) {
            client_drop(client, 0, strerror(errno));
            return;
        }
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        }
        watch(client, true);
    }
    keep(&client->unsent, &client->unsent_len, &client->unsent_cap, bytes, len);
}

static void transmit_frame(struct client *client, enum opcode opcode, const char *text,
                           size_t len) {
    unsigned char frame[8192 + 14];
    if (client->state == CLOSED) return;
    transmit(client, frame, wire_mask(frame, opcode, text, len));
}

void client_send(struct client *client, const char *text, size_t len) {
    transmit_frame(client, TEXT_FRAME, text, len);
}

void client_ready(struct client *client) {
    client->state = READY;
    client->joined = now;
    ready++;
    live++;
}

void client_drop(struct client *client, int code, const char *reason) {
    if (client->state == CLOSED) return;
    bool was_ready = client->state == READY;
    client->state = CLOSED;
    close(client->fd);
    if (!was_ready && !ending)
        fail("client %u was dropped while joining: %d %s (%u of %u had joined)", client->id, code,
             reason, ready, options.clients);
    if (was_ready) live--;
    if (ending) return;
    counts.closed++;
    if (code >= 0 && code < 5000) close_codes[code]++;
    server_error(reason, strlen(reason));
    tally_closed(client);
}

static void frame_in(struct client *client, const struct frame *frame) {
    switch (frame->opcode) {
    case TEXT_FRAME:
        if (!frame->final) fail("the server fragments its messages");
        counts.frames++;
        dialect->frame(client, frame->payload, frame->len);
        break;
    case PING:
        transmit_frame(client, PONG, frame->payload, frame->len);
        break;
    case PONG:
        break;
    case CLOSE: {
        const unsigned char *code = (const unsigned char *)frame->payload;
        transmit_frame(client, CLOSE, frame->payload, frame->len < 2 ? 0 : 2);
        client_drop(client, frame->len >= 2 ? code[0] << 8 | code[1] : 1005, "closed by the server");
        break;
    }
    default:
        fail("a frame of opcode %d", frame->opcode);
    }
}

/* Takes whole frames out of the input; returns how much was used. */
static size_t consume(struct client *client, const unsigned char *input, size_t len) {
    size_t used = 0;
    if (client->state == HANDSHAKE) {
        used = wire_accepted((const char *)input, len);
        if (used == 0) return 0;
        client->state = OPENING;
        dialect->opened(client);
    }
    struct frame frame;
    while (client->state != CLOSED && wire_frame(input + used, len - used, &frame)) {
        frame_in(client, &frame);
        used += frame.whole;
    }
    return used;
}

static void readable(struct client *client) {
    size_t have = client->pending_len;
    if (have > SCRATCH / 2) fail("a frame of more than %d bytes", SCRATCH / 2);
    if (have) memcpy(scratch, client->pending, have);
    ssize_t got = recv(client->fd, scratch + have, SCRATCH - have, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        client_drop(client, 1006, got == 0 ? "end of the stream" : strerror(errno));
        return;
    }
    counts.bytes += (uint64_t)got;
    now = clock_now();
    size_t len = have + (size_t)got, used = consume(client, scratch, len);
    client->pending_len = 0;
    if (client->state != CLOSED && used < len)
        keep(&client->pending, &client->pending_len, &client->pending_cap, scratch + used,
             len - used);
}

static void writable(struct client *client) {
    if (client->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) fail("connect: %s", strerror(error));
        client->state = HANDSHAKE;
        watch(client, false);
        char request[8192];
        size_t len = wire_request(request, sizeof request,
                                  options.ports[client->id % (uint32_t)options.port_count],
                                  cookie_of(client->id));
        transmit(client, (unsigned char *)request, len);
        return;
    }
    if (client->unsent_len) {
        ssize_t sent = send(client->fd, client->unsent, client->unsent_len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            client_drop(client, 0, strerror(errno));
            return;
        }
        if (sent > 0) {
            client->unsent_len -= (size_t)sent;
            memmove(client->unsent, client->unsent + sent, client->unsent_len);
        }
    }
    if (client->unsent_len == 0) watch(client, false);
}

static void connect_next(void) {
    struct client *client = &clients[started];
    client->id = started++;
    client->began = now;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0) fail("socket: %m");
    int on = 1;
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(options.ports[client->id % (uint32_t)options.port_count])};
    if (inet_pton(AF_INET, options.host, &address.sin_addr) != 1) fail("not an address: %s", options.host);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        fail("connect: %m");
    client->state = CONNECTING;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = client};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, client->fd, &event) < 0) fail("epoll_ctl: %m");
}

static void post(double at) {
    for (uint32_t tries = 0; tries < options.senders; tries++) {
        struct client *sender = &clients[next_sender++ % options.senders];
        if (sender->state != READY) continue;
        char text[8192];
        uint32_t index = tally_post(sender->id, at, dialect->echoes ? live : live - 1);
        client_send(sender, text, dialect->post(text, index));
        return;
    }
    fail("no sender is left: the server closed them all");
}

/* Posts what is due: as many as the window has room for, or what the fixed rate asks for. */
static void pump(void) {
    if (options.rate > 0) {
        for (; next_due <= now; next_due += 1 / options.rate) post(next_due);
    } else {
        while (in_flight < options.window) post(now = clock_now());
    }
}

static void wait_for_events(bool posting, double until) {
    struct epoll_event events[BATCH];
    double wake = posting && options.rate > 0 && next_due < until ? next_due : until;
    struct itimerspec timer = {0};
    double after = wake - clock_now();
    if (after < 1e-6) after = 1e-6;
    timer.it_value.tv_sec = (time_t)after;
    timer.it_value.tv_nsec = (long)((after - (double)timer.it_value.tv_sec) * 1e9);
    timerfd_settime(timer_fd, 0, &timer, NULL);
    int count = epoll_wait(poll_fd, events, BATCH, 1000);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %m");
    now = clock_now();
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (!client) {
            uint64_t ticks;
            if (read(timer_fd, &ticks, sizeof ticks) < 0 && errno != EAGAIN) fail("timer: %m");
            continue;
        }
        if (client->state != CLOSED && events[i].events & (EPOLLOUT | EPOLLERR)) writable(client);
        if (client->state != CLOSED && client->state != CONNECTING &&
            events[i].events & (EPOLLIN | EPOLLHUP))
            readable(client);
        if (posting) pump();
    }
    if (posting) pump();
}

static void run_until(double until, bool posting) {
    double check = now + 0.5;
    while (now < until) {
        wait_for_events(posting, until < check ? until : check);
        if (now >= check) {
            tally_overdue();
            check = now + 0.5;
        }
    }
}

static struct joining join(void) {
    double used = watched_cpu();
    double began = now = clock_now(), deadline = began + options.join_timeout;
    while (ready < options.clients) {
        while (started < options.clients && started - ready < options.connecting) connect_next();
        wait_for_events(false, deadline);
        if (now >= deadline)
            fail("only %u of %u clients had joined after %.0f s", ready, options.clients,
                 options.join_timeout);
    }
    double seconds = clock_now() - began;
    return (struct joining){seconds, watched_cpu() - used};
}

const char *cookie_of(uint32_t client) {
    return cookie_count ? cookies[client % cookie_count] : NULL;
}

double watched_cpu(void) {
    double ticks = 0;
    for (int i = 0; i < options.watched_count; i++) {
        char path[64], line[1024];
        snprintf(path, sizeof path, "/proc/%d/stat", options.watched[i]);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        unsigned long user, system;
        char *rest = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
        if (rest && sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                           &system) == 2)
            ticks += user + system;
        fclose(file);
    }
    return ticks / sysconf(_SC_CLK_TCK);
}

double watched_memory(void) {
    double pages = 0;
    for (int i = 0; i < options.watched_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/statm", options.watched[i]);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        unsigned long resident;
        if (fscanf(file, "%*u %lu", &resident) == 1) pages += resident;
        fclose(file);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

double own_cpu(void) {
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return cpu.tv_sec + cpu.tv_nsec / 1e9;
}

static struct snapshot take_snapshot(void) {
    return (struct snapshot){.at = clock_now(),
                             .own_cpu = own_cpu(),
                             .watched_cpu = watched_cpu(),
                             .counts = counts};
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

static void print_report(const struct joining *joining, const struct snapshot *from, const struct snapshot *to) {
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
    for (int code = 0, first = 1; code < 5000; code++)
        if (close_codes[code]) {
            printf("%s\"%d\":%d", first ? "" : ",", code, close_codes[code]);
            first = 0;
        }
    printf("},");
    print_samples();
    printf("}\n");
}

void read_cookies(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail("%s: %m", path);
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t len; (len = getline(&line, &cap, file)) > 0;) {
        while (len && (line[len - 1] == '\n' || line[len - 1] == '\r')) line[--len] = 0;
        if (!len) continue;
        cookies = realloc(cookies, (cookie_count + 1) * sizeof *cookies);
        if (!cookies || !(cookies[cookie_count++] = strdup(line))) fail("out of memory");
    }
    free(line);
    fclose(file);
    if (!cookie_count) fail("%s is empty", path);
}

static int numbers(char *list, int *into, int most) {
    int count = 0;
    for (char *part = strtok(list, ","); part; part = strtok(NULL, ",")) {
        if (count == most) fail("more than %d in a list", most);
        into[count++] = atoi(part);
    }
    return count;
}

void read_watched(char *list) { options.watched_count = numbers(list, options.watched, 64); }

static void choose_dialect(const char *name) {
    static const struct dialect *known[] = {&MADANG, &TEXT, &TEXT_ECHO, &SOCKETIO};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i]->name, name) == 0) dialect = known[i];
    if (!dialect) fail("no dialect is called %s", name);
}

static void read_options(int argc, char **argv) {
    static const struct option names[] = {
        {"dialect", 1, 0, 'd'},   {"host", 1, 0, 'h'},       {"port", 1, 0, 'p'},
        {"path", 1, 0, 'P'},      {"origin", 1, 0, 'o'},     {"cookies", 1, 0, 'c'},
        {"clients", 1, 0, 'n'},   {"senders", 1, 0, 's'},    {"window", 1, 0, 'w'},
        {"rate", 1, 0, 'r'},      {"size", 1, 0, 'z'},       {"warmup", 1, 0, 'u'},
        {"duration", 1, 0, 't'},  {"settle", 1, 0, 'l'},     {"drain", 1, 0, 'a'},
        {"give-up", 1, 0, 'g'},   {"join-timeout", 1, 0, 'j'}, {"connecting", 1, 0, 'k'},
        {"watch", 1, 0, 'W'},     {"room", 1, 0, 'R'},       {"after", 1, 0, 'A'},
        {"epoch", 1, 0, 'E'},     {"gate", 1, 0, 'G'},       {"timeline", 0, 0, 'T'},
        {0}};
    int list[64];
    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 'd': choose_dialect(optarg); break;
        case 'h': options.host = optarg; break;
        case 'p':
            options.port_count = numbers(optarg, list, 16);
            for (int i = 0; i < options.port_count; i++) options.ports[i] = (uint16_t)list[i];
            break;
        case 'P': options.path = optarg; break;
        case 'o': options.origin = optarg; break;
        case 'c': options.cookies = optarg; break;
        case 'n': options.clients = (uint32_t)atoi(optarg); break;
        case 's': options.senders = (uint32_t)atoi(optarg); break;
        case 'w': options.window = (uint32_t)atoi(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'z': options.size = (uint32_t)atoi(optarg); break;
        case 'u': options.warmup = atof(optarg); break;
        case 't': options.duration = atof(optarg); break;
        case 'l': options.settle = atof(optarg); break;
        case 'a': options.drain = atof(optarg); break;
        case 'g': options.give_up = atof(optarg); break;
        case 'j': options.join_timeout = atof(optarg); break;
        case 'k': options.connecting = (uint32_t)atoi(optarg); break;
        case 'W': read_watched(optarg); break;
        case 'R': options.room = optarg; break;
        case 'A':
            options.after = strtoull(optarg, NULL, 10);
            options.has_after = true;
            break;
        case 'T': options.timeline = true; break;
        case 'E': options.epoch = optarg; break;
        case 'G': options.gate_on_ack = strcmp(optarg, "ack") == 0; break;
        default: exit(2);
        }
    }
    if (!dialect) fail("--dialect is missing");
    if (!options.port_count) fail("--port is missing");
    if (options.clients < 1 || options.senders > options.clients)
        fail("%u clients, %u senders", options.clients, options.senders);
    if (options.size < TOKEN + 4 || options.size > 2000) fail("--size is 20 to 2000");
    if (!options.path) options.path = dialect->path;
    if (options.cookies) read_cookies(options.cookies);
}

static void set_up(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < options.clients + 32)
        fail("%u clients need more open files than the limit of %lu allows", options.clients,
             (unsigned long)limit.rlim_cur);
    clients = calloc(options.clients, sizeof *clients);
    scratch = malloc(SCRATCH);
    if (!clients || !scratch) fail("out of memory");
    if (!dialect->numbered)
        for (uint32_t i = 0; i < options.clients; i++)
            if (!(clients[i].heard = calloc(options.senders + 1, sizeof(uint32_t))))
                fail("out of memory");
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (poll_fd < 0 || timer_fd < 0 || epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer_fd, &event) < 0)
        fail("epoll: %m");
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    options.run = (uint32_t)wall.tv_nsec * 2654435761u ^ (uint32_t)wall.tv_sec ^ (uint32_t)getpid();
    tally_start();
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "http") == 0) return http_main(argc - 1, argv + 1);
    read_options(argc, argv);
    set_up();
    struct joining joining = join();
    run_until(now + options.settle, false);
    bool posts = options.senders > 0;
    next_due = now;
    run_until(now + options.warmup, posts);
    struct snapshot from = take_snapshot();
    for (double next = from.at; options.timeline && mark_count < MARKS; next += 1) {
        marks[mark_count++] = take_snapshot();
        if (next + 1 > from.at + options.duration) break;
        run_until(next + 1, posts);
    }
    run_until(from.at + options.duration, posts);
    struct snapshot to = take_snapshot();
    for (double end = now + options.drain; posts && tally_unfinished() > 0 && now < end;)
        run_until(now + 0.05 < end ? now + 0.05 : end, false);
    ending = true;
    print_report(&joining, &from, &to);
    return 0;
}
