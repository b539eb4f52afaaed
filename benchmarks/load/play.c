/* Players who steer in rooms that tick: each sends commands at its own due times, and counts the updates that come.
 *
 * What an update says is not read, for it is another for each server: how often it comes is the same. A gap is the time
 * between two updates at one connection; in a room with 20 ticks a second it is 50 ms.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "dialects.h"

#define AT_ONCE 64 /* most commands sent between two reads */
#define WAIT 1     /* ms: longest sleep, and so how late a command may be; a player's computer sleeps as well */

static struct histogram gaps;
static uint64_t long_gaps;
static bool counting; /* past the warm-up */
static FILE *kept;    /* what the first connection reads, a payload a line */

void take_update(struct load *load, struct connection *by, const uint8_t *payload, size_t size, uint64_t now) {
    if (load->dialect->aside(load, by, payload, size)) return;
    load->frames++;
    int updates = load->dialect->updates(payload, size);
    if (!updates) return;
    by->updates += (uint64_t)updates;
    if (counting && by->updated) {
        uint64_t gap = now - by->updated;
        histogram_add(&gaps, gap);
        for (int more = 1; more < updates; more++) histogram_add(&gaps, 0); /* they came together */
        long_gaps += gap > load->limit;
    }
    by->updated = now;
    if (counting && kept && by->index == 0) {
        fwrite(payload, 1, size, kept);
        fputc('\n', kept);
    }
}

/* The number-th command: round robin over rooms first, so that commands of one room are as far apart as possible. */
static void steer(struct load *load, uint64_t number) {
    uint64_t rooms = (uint64_t)load->rooms, players = (uint64_t)load->players;
    struct connection *by = &load->connection[number % rooms * players + number / rooms % players];
    uint64_t turn = number / (rooms * players);
    char command[200];
    size_t size = load->dialect->steer(by, command, (int)(turn % 7) + 1, -(int)(turn % 5) - 1);
    say(by, load->dialect, command, size);
    flush_out(load, by);
}

/* Send what is due and read, until this time. */
static void play_until(struct load *load, uint64_t end, uint64_t start, double interval, uint64_t *sent) {
    for (uint64_t now; (now = microseconds()) < end && !load->trouble[0];) {
        int some = 0;
        for (; some < AT_ONCE; some++) {
            uint64_t due = start + (uint64_t)((double)*sent * interval);
            if (due > now) break;
            steer(load, (*sent)++);
            histogram_add(&load->late, now - due);
        }
        turn(load, some == AT_ONCE ? 0 : WAIT);
    }
}

void stay(struct load *load) {
    struct pollfd typed = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!poll(&typed, 1, 0) && !load->trouble[0]) turn(load, WAIT);
}

struct play run_play(struct load *load, double warm_up, double seconds, const char *keep) {
    double interval = 1e6 / (load->steers * (double)load->connections);
    struct play said = {0};
    uint64_t sent = 0, start = microseconds();
    play_until(load, start + (uint64_t)(warm_up * 1e6), start, interval, &sent);

    histogram_clear(&gaps);
    histogram_clear(&load->late);
    for (int number = 0; number < load->connections; number++) load->connection[number].updates = 0;
    kept = keep ? fopen(keep, "w") : NULL;
    printf("{\"counting\":true}\n");
    fflush(stdout);
    counting = true;
    said.steers = sent, said.frames = load->frames, said.bytes_in = load->bytes_in, said.bytes_out = load->bytes_out;
    double busy = cpu_time(getpid());
    read_processes(load, &said.generator, -1);
    uint64_t began = microseconds();
    play_until(load, began + (uint64_t)(seconds * 1e6), start, interval, &sent);
    said.seconds = (double)(microseconds() - began) / 1e6;
    read_processes(load, &said.generator, 1);
    said.generator.busy = (cpu_time(getpid()) - busy) / said.seconds;
    said.generator.run_delay /= said.seconds;
    said.generator.server_run_delay /= said.seconds;
    counting = false;
    if (kept) fclose(kept);

    said.steers = sent - said.steers;
    said.frames = load->frames - said.frames;
    said.bytes_in = load->bytes_in - said.bytes_in;
    said.bytes_out = load->bytes_out - said.bytes_out;
    said.least = load->connection[0].updates;
    for (int number = 0; number < load->connections; number++) {
        uint64_t updates = load->connection[number].updates;
        said.updates += updates;
        if (updates < said.least) said.least = updates;
    }
    said.gap_p50 = histogram_ms(&gaps, 0.5);
    said.gap_p99 = histogram_ms(&gaps, 0.99);
    said.gap_most = (double)gaps.most / 1000.0;
    said.gaps = gaps.count;
    said.long_gaps = long_gaps;
    said.generator.late_p99 = histogram_ms(&load->late, 0.99);
    said.generator.late_most = (double)load->late.most / 1000.0;
    return said;
}
