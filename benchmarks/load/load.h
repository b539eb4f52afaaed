/* The load generator: many WebSocket connections in one thread, each command due at its time (an open loop).
 *
 *   main.c        the command line, and the result as JSON
 *   run.c         one step at one rate; the search for the highest rate held
 *   sockets.c     connections: the handshake, frames out and in
 *   dialects.c    how each server wants to be talked to
 *   copies.c      what arrived: completeness, order, latency
 *   histogram.h   latencies, to about one part in 64
 *
 * Commands are numbered by their place in their room, and say when they were due: {"c":"move","a":[number,due]}.
 * Every server hands these two numbers on, so all are checked in the same way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

#define LARGEST_FILLER 60000 /* bytes */
#define ROUND_ORDER 0x9E3779B97F4A7C15ull /* odd, so that a digest of an order loses nothing */

struct dialect;
struct frame;

struct room {
    char name[32];
    int first, players;   /* its connections, one after the other */
    uint64_t sent;        /* commands so far */
    uint64_t sum;         /* of digests of their numbers: what each connection must have got */
    struct frame *frames; /* those that were read, see copies.c */
};

struct connection {
    int fd, index;
    struct room *room;
    enum { OPENING, GREETING, READY, ENDED } stage;
    bool listening_for_room; /* to write more */
    bool newcomer;           /* came in during a step: it is not counted, but timed */
    uint64_t due;            /* when it was to come in */
    uint64_t n;              /* commands sent on it */

    uint8_t *left; /* bytes of a frame that has not come whole */
    size_t nleft, left_room;
    uint8_t *stream; /* the same, of a dialect whose messages may be cut by frames */
    size_t nstream, stream_room;
    uint8_t *out; /* bytes that wait to be written */
    size_t out_at, nout, out_room;

    uint64_t copies;     /* commands that arrived */
    uint64_t sum, order; /* digests of which, and in which order */
    uint64_t seq;        /* the last, where the server counts */
    uint64_t holes;      /* places where seq did not go on */
    bool skips;          /* it was told that it missed something: where its seq goes on is known by the next entry */
};

struct load {
    const struct dialect *dialect;
    const char *host;
    int port;
    char **paths; /* one a connection, where the dialect needs them made beforehand */
    int rooms, players, senders;
    int server;  /* its process, 0: unknown */
    int filler;  /* bytes that each command carries beside what it says */
    bool gather; /* write what is due on one connection together */
    int epoll;
    struct room *room;
    struct connection *connection;
    int connections, ready;
    int newcomers, arrived; /* more connections, after the others; they come within a second of the first step */
    struct histogram arrivals;
    uint64_t last_arrival; /* microseconds after the step began */
    char trouble[256]; /* what the server said that it should not */
    bool skipped;      /* somebody was, in this step */

    uint64_t copies; /* of the step that runs */
    uint64_t slow;   /* of these, later than the limit */
    uint64_t limit;  /* microseconds */
    uint64_t frames, frames_read; /* that came; that were not the same as one read before */
    struct histogram latency, late;
};

struct step {
    double rate, seconds; /* copies a second; how long commands were due */
    uint64_t commands, copies, expected, frames, frames_read;
    bool held, complete, one_order, given_up;
    double p50, p99, p999, most;     /* ms */
    double late_p99, late_most;      /* ms that the generator itself was behind its plan */
    double busy;                       /* share of its time that it had something to do */
    double kept_from_running;          /* share of its time that other programs took from it */
    double server_user, server_kernel; /* seconds of processor time */
    double server_kept_from_running;   /* share of its time, likewise (of its first thread) */
};

uint64_t microseconds(void);

/* sockets.c */
void open_one(struct load *load, struct connection *one);
bool connect_all(struct load *load, double within);
void say(struct connection *to, const struct dialect *dialect, const void *payload, size_t size);
void flush_out(struct load *load, struct connection *to);
int turn(struct load *load, int wait_ms); /* read what has come; how many connections had something */

/* copies.c */
void take(struct load *load, struct connection *by, const uint8_t *payload, size_t size, uint64_t now);
static inline uint64_t mixed(uint64_t number) { return (number + 1) * 0xD1B54A32D192ED03ull; }

/* run.c */
struct step run_step(struct load *load, double rate, double seconds);
double search(struct load *load, double start, double growth, double seconds, void (*told)(const struct step *));
