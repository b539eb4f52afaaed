/* The load generator: many WebSocket connections in one thread, open loop (each command has a due time of its own).
 *
 *   main.c        command line, and the results as JSON lines
 *   run.c         one step at one rate
 *   search.c      the search for the highest rate that is held
 *   play.c        players who steer in rooms that tick, and the updates that come
 *   process.c     processor time and run delay of a process, from /proc
 *   sockets.c     connections: handshake, frames out and in
 *   dialects.h    what the generator must know of a server
 *   dialects.c    the protocol of each server
 *   copies.c      what arrived: completeness, order, latency
 *   histogram.h   latency histogram with a resolution of about 1/64
 *
 * Commands are numbered within their room and carry their due time: {"c":"move","a":[number,due]}. Every server passes
 * both numbers on, so one check serves all. A "copy" is one command as it arrives at one connection.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

#define LARGEST_FILLER 60000 /* bytes */
#define LARGEST_TO 999       /* recipients of one private command */
#define ROUND_ORDER 0x9E3779B97F4A7C15ull /* multiplier of the order digest; odd, hence invertible modulo 2^64 */

struct dialect;
struct frame;

struct room {
    char name[32];
    int first, players;   /* its connections are consecutive: index of the first, and how many */
    uint64_t sent;        /* commands so far */
    uint64_t sum;         /* of the digests of their numbers */
    struct frame *frames; /* cache of parsed frames, see copies.c */
};

struct connection {
    int fd, index;
    struct room *room;
    enum { OPENING, GREETING, READY, ENDED } stage;
    bool wants_write;  /* registered for EPOLLOUT */
    bool newcomer;     /* joined during a step: its arrival is timed, its copies are not counted */
    uint64_t due;      /* when a newcomer is to connect */
    uint64_t n;        /* commands sent on it */

    uint8_t *left; /* an incomplete frame */
    size_t nleft, left_room;
    uint8_t *stream; /* an incomplete message, in dialects whose messages span frames */
    size_t nstream, stream_room;
    uint8_t *out; /* unsent output */
    size_t out_at, nout, out_room;

    uint64_t expected, expected_sum; /* where commands are private: those for it, and the sum of their digests */
    uint64_t copies;                 /* commands that arrived */
    uint64_t sum, order;             /* digests of which commands arrived, and of their order */
    uint64_t seq;                    /* the last one, where the server numbers what it sends */
    uint64_t gaps;                   /* places where seq did not continue */
    bool skipped;                    /* the server told it that it missed entries: its next seq may be any */
    uint64_t updates, updated;       /* of its room's state, and when the last one came */
};

struct load {
    const struct dialect *dialect;
    const char *host;
    int port;
    char **paths; /* one for each connection, where the dialect needs reserved seats */
    int rooms, players, senders;
    int to;      /* recipients of each command beside its sender; 0: commands are public */
    int server;  /* process id, 0: unknown */
    int filler;  /* extra bytes in each command's arguments */
    double steers; /* commands a second of each player in rooms that tick; 0: there are none such */
    bool gather; /* write all due commands of one connection with one call */
    int epoll;
    struct room *room;
    struct connection *connection;
    int connections, ready;
    int newcomers, arrived; /* extra connections, after the others; they connect within one second of the first step */
    struct histogram arrivals;
    uint64_t last_arrival; /* microseconds after the step began */
    char trouble[256];     /* why the load cannot go on; empty: nothing is wrong */
    bool skipped;          /* a connection was told in this step that it missed entries */

    uint64_t limit;   /* microseconds: a rate is held if the 99th percentile of the latency is below */
    double disturbed; /* run delay, as a share of a step's time, above which a failed step is repeated */

    uint64_t copies;              /* of the current step */
    uint64_t slow;                /* of these, with a latency above the limit */
    uint64_t frames, frames_read; /* received; of these, parsed (not found in the cache) */
    uint64_t bytes_in, bytes_out; /* of TCP payload, since the start */
    struct histogram latency, late;
};

struct step {
    double rate, seconds; /* copies per second; duration of the schedule */
    uint64_t commands, copies, expected, frames, frames_read;
    bool held, complete, one_order, given_up;
    double p50, p99, p999, most;       /* latency, ms */
    double late_p99, late_most;        /* how far the generator was behind its own schedule, ms */
    double busy;                       /* share of the time in which the generator had work to do */
    double run_delay;                  /* share of the time in which it was runnable but had no core */
    double server_user, server_kernel; /* processor time, seconds, in clock ticks */
    double server_cpu;                 /* the sum of both, exact, of the server's first thread */
    double server_run_delay;           /* share of the time, likewise of its first thread */
};

uint64_t microseconds(void);

/* sockets.c */
void open_one(struct load *load, struct connection *one);
bool connect_all(struct load *load, double within);
void say(struct connection *to, const struct dialect *dialect, const void *payload, size_t size);
void flush_out(struct load *load, struct connection *to);
int turn(struct load *load, int wait_ms); /* one turn of the event loop; returns the number of events */

/* copies.c */
void take(struct load *load, struct connection *by, const uint8_t *payload, size_t size, uint64_t now);
static inline uint64_t mixed(uint64_t number) { return (number + 1) * 0xD1B54A32D192ED03ull; }

/* process.c */
double processor_time(int process, bool kernel);
double cpu_time(int process);
double run_delay(int process);

/* run.c */
void read_processes(const struct load *load, struct step *step, double sign);
int recipients(const struct load *load); /* of each command, its sender among them */
struct step run_step(struct load *load, double rate, double seconds);

/* play.c */
struct play {
    double seconds;
    uint64_t steers, updates, least; /* commands sent; updates that came to all, and to the connection with the fewest */
    uint64_t frames, bytes_in, bytes_out;
    double gap_p50, gap_p99, gap_most; /* between two updates at one connection, ms */
    uint64_t gaps, long_gaps;          /* of these, longer than the limit */
    struct step generator;             /* how late and how busy it was; processor time and run delay of the server */
};

struct play run_play(struct load *load, double warm_up, double seconds, const char *keep);
void stay(struct load *load); /* with nobody steering, until something, or the end, is on standard input */
void take_update(struct load *load, struct connection *by, const uint8_t *payload, size_t size, uint64_t now);

/* search.c */
double search(struct load *load, double start, double growth, double seconds, void (*told)(const struct step *));
