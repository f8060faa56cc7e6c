/* The command line, and the cookies that clients come with. */
#define _GNU_SOURCE
#include "load.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static char **cookies;
static uint32_t cookie_count;

struct options options = {
    .host = "127.0.0.1", .room = "board", .epoch = "", .clients = 100, .window = 1, .size = 64,
    .connecting = 64, .warmup = 1, .duration = 5, .settle = 0.5, .drain = 5, .give_up = 60,
    .join_timeout = 60,
};
const struct dialect *dialect;

const char *cookie_of(uint32_t client) {
    return cookie_count ? cookies[client % cookie_count] : NULL;
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

void read_options(int argc, char **argv) {
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
