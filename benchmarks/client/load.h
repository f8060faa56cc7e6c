/* The load client's shared types: who is connected, what was posted, what was counted.
 * One process, one thread, epoll. Times are seconds of CLOCK_MONOTONIC. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum state { IDLE, CONNECTING, HANDSHAKE, OPENING, READY, CLOSED };

struct client {
    int fd;
    uint32_t id;
    enum state state;
    bool watches_write;
    double began;            /* when its connect() was called */
    double joined;           /* when it was ready to post and hear */
    unsigned char *pending;  /* input that is not yet a whole frame */
    size_t pending_len, pending_cap;
    unsigned char *unsent;   /* output that the socket did not take */
    size_t unsent_len, unsent_cap;
    uint64_t last;           /* numbered dialects: the last number it has */
    uint64_t backlog;        /* numbered dialects: messages before `subscribed` */
    uint32_t *heard;         /* other dialects: each sender's last message it has */
};

/* One post of ours. `needed` counts the clients that have yet to get it. */
struct message {
    double sent, acked, complete;
    uint32_t sender, number; /* number: this sender's posts, from 1 */
    uint32_t needed;
    uint32_t flight;         /* place in the list of those in flight */
    uint64_t change;         /* its number in the room, 0 while unknown */
    bool open;               /* in flight: holds a place in the window */
    bool lost;               /* some client will never get it */
    bool mismatched;         /* has two numbers, or shares one; counted once */
    bool altered;            /* its text came otherwise than it was sent; counted once */
};

/* How one kind of server is spoken to. */
struct dialect {
    const char *name, *path, *subprotocol;
    bool numbered;  /* deliveries carry consecutive numbers, posts are acked */
    bool echoes;    /* a sender gets its own message too */
    void (*opened)(struct client *);
    void (*frame)(struct client *, const char *text, size_t len);
    /* Writes the post of message `index` into `out`; returns its length. */
    size_t (*post)(char *out, uint32_t index);
};

struct options {
    const char *host, *cookies, *origin, *path, *room, *epoch;
    uint16_t ports[16];
    int port_count;
    int watched[64];
    int watched_count;
    uint32_t clients, senders, window, size, connecting, run;
    double rate, warmup, duration, settle, drain, give_up, join_timeout;
    uint64_t after;
    bool has_after, gate_on_ack, timeline;
};

/* What was counted since the start. */
struct counts {
    uint64_t deliveries, foreign, posts, acks, completes, frames, bytes;
    uint64_t gaps, repeats, mismatched, altered, errors, closed, resets, given_up, lost;
};

struct snapshot {
    double at, own_cpu, watched_cpu;
    struct counts counts;
};

struct joining {
    double seconds, cpu; /* of all clients; what the watched processes used */
};

enum { MARKS = 600, CODES = 5000 };

extern struct options options;
extern struct counts counts;
extern const struct dialect *dialect;
extern const struct dialect MADANG, TEXT, TEXT_ECHO, SOCKETIO;
extern double now; /* set once a wake-up and before each read */

double clock_now(void);
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

extern struct snapshot marks[MARKS]; /* one a second, with --timeline */
extern int mark_count;

/* connection.c */
extern struct client *clients;
extern uint32_t started, ready, live; /* clients that connect, that have joined, that still are */
extern int poll_fd;
extern bool ending; /* from now on a closed socket is no fault */
void make_clients(void);
void connect_next(void);
void client_event(struct client *, uint32_t events);
void client_ready(struct client *);
void client_send(struct client *, const char *text, size_t len);
void client_drop(struct client *, int code, const char *reason);

/* options.c */
void read_options(int argc, char **argv);
void read_cookies(const char *path);
const char *cookie_of(uint32_t client); /* NULL when there are none */
void read_watched(char *list);

/* watched.c */
double watched_cpu(void);    /* seconds that the watched processes have used */
double watched_memory(void); /* bytes that they hold resident */
double own_cpu(void);

/* report.c */
extern int close_codes[CODES];
void server_error(const char *text, size_t len);
void print_quantiles(const char *name, const double *sorted, size_t count);
void print_text(const char *text);
void print_samples(void);
void print_report(const struct joining *, const struct snapshot *from, const struct snapshot *to);

/* tally.c */
enum { TOKEN = 16 };
extern struct message *messages;
extern uint32_t message_count, in_flight;
void tally_start(void);
uint32_t tally_post(uint32_t sender, double at, uint32_t needed);
void tally_text(char *out, uint32_t index);
int64_t tally_index(const char *token, size_t len);
void tally_delivery(struct client *, uint32_t index);
void tally_heard(struct client *, uint32_t index);
void tally_numbered(struct client *, uint64_t change, int64_t index);
void tally_ack(uint32_t index, uint64_t change);
void tally_altered(uint32_t index);
void tally_seen(uint32_t index, uint64_t change);
void tally_closed(const struct client *);
void tally_overdue(void);
uint32_t tally_unfinished(void);
void tally_latencies(double from, double to, bool acks, double **sorted, size_t *count);

/* wire.c */
enum opcode { CONTINUATION = 0, TEXT_FRAME = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
struct frame {
    enum opcode opcode;
    bool final;
    const char *payload;
    size_t len, whole; /* whole: with its header */
};
size_t wire_request(char *out, size_t cap, uint16_t port, const char *cookie);
/* Returns the length of the answer's head, 0 when it is not yet complete. */
size_t wire_accepted(const char *input, size_t len);
bool wire_frame(const unsigned char *input, size_t len, struct frame *frame);
/* Writes one masked frame; `out` has room for len + 14. */
size_t wire_mask(unsigned char *out, enum opcode opcode, const char *payload, size_t len);

/* http.c: the request benchmark, the program's second half */
int http_main(int argc, char **argv);

#endif
