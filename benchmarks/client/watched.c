/* What the watched processes and this one use, from /proc. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
