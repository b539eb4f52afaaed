/* What Linux tells about a process in /proc. Process 0 stands for "unknown": all figures are 0 then. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

/* Seconds of processor time in user mode, or in the kernel, of all threads. The resolution is a clock tick (10 ms). */
double processor_time(int process, bool kernel) {
    char path[40], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    FILE *file = process ? fopen(path, "r") : NULL;
    if (!file) return 0;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    unsigned long user = 0, system = 0;
    const char *name_end = strrchr(text, ')');
    if (!name_end || sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) < 2) return 0;
    return (double)(kernel ? system : user) / (double)sysconf(_SC_CLK_TCK);
}

static double scheduler_seconds(int process, bool waiting) {
    char path[40];
    unsigned long long running = 0, delay = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", process);
    FILE *file = process ? fopen(path, "r") : NULL;
    if (!file) return 0;
    if (fscanf(file, "%llu %llu", &running, &delay) < 2) running = delay = 0;
    fclose(file);
    return (double)(waiting ? delay : running) / 1e9;
}

/* Seconds on a core, user and kernel together, of the first thread. The resolution is a nanosecond. */
double cpu_time(int process) { return scheduler_seconds(process, false); }

/* Seconds in which the first thread was runnable while another ran: none on a quiet machine. */
double run_delay(int process) { return scheduler_seconds(process, true); }
