/* The load client: joins N clients, lets S of them post with W messages in flight (or at a fixed
 * rate), counts at every client, and prints one JSON object. Phases: join, settle, warm-up,
 * measured window, drain. `load http …` is the other program in here. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 512 };

struct counts counts;
double now;
struct snapshot marks[MARKS];
int mark_count;

static int timer_fd;
static uint32_t next_sender;
static double next_due; /* of the fixed rate's next post */

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
        client_event(client, events[i].events);
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

static struct snapshot take_snapshot(void) {
    return (struct snapshot){.at = clock_now(),
                             .own_cpu = own_cpu(),
                             .watched_cpu = watched_cpu(),
                             .counts = counts};
}

static void set_up(void) {
    make_clients();
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (timer_fd < 0 || epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer_fd, &event) < 0)
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
