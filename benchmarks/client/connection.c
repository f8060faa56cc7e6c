/* One client's socket: its handshake, the frames that come, and what it could not send yet. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SCRATCH = 4 << 20 };

struct client *clients;
uint32_t started, ready, live;
int poll_fd;
bool ending;

static unsigned char *scratch;

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
    if (code >= 0 && code < CODES) close_codes[code]++;
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

void connect_next(void) {
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

void client_event(struct client *client, uint32_t events) {
    if (client->state != CLOSED && events & (EPOLLOUT | EPOLLERR)) writable(client);
    if (client->state != CLOSED && client->state != CONNECTING && events & (EPOLLIN | EPOLLHUP))
        readable(client);
}

void make_clients(void) {
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
    if (poll_fd < 0) fail("epoll: %m");
}
