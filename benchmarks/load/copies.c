/* What arrived: completeness, order, latency.
 *
 * Everyone in a room gets the same commands, mostly in the same bytes. A frame is therefore parsed once for its room and
 * cached; for other connections it is compared byte by byte. Each connection keeps two digests of its commands: a sum
 * (each arrived exactly once) and a chain (equal for two connections only if the order was the same).
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "dialects.h"

#define CACHED 512 /* frames for each room; a power of two */

struct frame {
    uint8_t *payload;
    size_t size, payload_room;
    uint64_t copies, sum;
    uint64_t factor, order; /* chain after the frame = chain before it × factor + order */
    uint64_t first_seq, last_seq, gaps;
    uint64_t *due;
    size_t due_room;
};

static void read_frame(const struct dialect *dialect, struct frame *one, const uint8_t *payload, size_t size) {
    one->copies = one->sum = one->order = one->first_seq = one->last_seq = one->gaps = 0;
    one->factor = 1;
    struct copy copy = {0};
    for (size_t at = 0; dialect->next(payload, size, &at, &copy);) {
        if (dialect->counts) {
            if (!one->first_seq)
                one->first_seq = copy.seq;
            else if (copy.seq != one->last_seq + 1)
                one->gaps++;
            one->last_seq = copy.seq;
        }
        if (copy.empty) continue;
        if (one->copies == one->due_room) {
            one->due_room = one->due_room ? one->due_room * 2 : 16;
            one->due = realloc(one->due, one->due_room * sizeof *one->due);
            if (!one->due) abort();
        }
        one->due[one->copies++] = copy.due;
        one->sum += mixed(copy.number);
        one->order = one->order * ROUND_ORDER + mixed(copy.number);
        one->factor *= ROUND_ORDER;
    }
}

static void count(struct load *load, struct connection *by, const struct frame *one, uint64_t now) {
    if (one->first_seq) {
        by->gaps += one->gaps + (by->seq && one->first_seq != by->seq + 1 && !by->skipped);
        by->seq = one->last_seq;
        by->skipped = false;
    }
    by->copies += one->copies;
    by->sum += one->sum;
    by->order = by->order * one->factor + one->order;
    load->copies += one->copies;
    for (uint64_t place = 0; place < one->copies; place++) {
        uint64_t waited = now > one->due[place] ? now - one->due[place] : 0;
        histogram_add(&load->latency, waited);
        load->slow += waited > load->limit;
    }
}

/* Cache slot of a frame: a hash of its size and both ends, which hold the numbers of the first and last command. */
static size_t place_of(const uint8_t *payload, size_t size) {
    uint64_t first = 0, last = 0, digest;
    size_t part = size < 64 ? size / 2 : 32;
    for (size_t at = 0; at + 8 <= part; at += 8) {
        memcpy(&digest, payload + at, 8), first = mixed(first ^ digest);
        memcpy(&digest, payload + size - 8 - at, 8), last = mixed(last ^ digest);
    }
    digest = mixed(first + last * ROUND_ORDER + size);
    return digest >> 32 & (CACHED - 1);
}

/* The frame as parsed for an earlier connection, or parsed now. */
static struct frame *parsed(struct load *load, struct room *room, const uint8_t *payload, size_t size) {
    load->frames++;
    if (!room->frames && !(room->frames = calloc(CACHED, sizeof *room->frames))) abort();
    struct frame *one = &room->frames[place_of(payload, size)];
    if (one->size == size && memcmp(one->payload, payload, size) == 0) return one;
    if (size > one->payload_room) {
        one->payload = realloc(one->payload, one->payload_room = size * 2);
        if (!one->payload) abort();
    }
    memcpy(one->payload, payload, size);
    one->size = size;
    read_frame(load->dialect, one, payload, size);
    load->frames_read++;
    return one;
}

void take(struct load *load, struct connection *by, const uint8_t *payload, size_t size, uint64_t now) {
    const struct dialect *dialect = load->dialect;
    if (by->newcomer) return;
    if (!dialect->stream) {
        if (!dialect->aside(load, by, payload, size)) count(load, by, parsed(load, by->room, payload, size), now);
        return;
    }
    if (by->nstream + size > by->stream_room) {
        by->stream = realloc(by->stream, by->stream_room = (by->nstream + size) * 2);
        if (!by->stream) abort();
    }
    memcpy(by->stream + by->nstream, payload, size);
    by->nstream += size;
    dialect->aside(load, by, by->stream, by->nstream);
    const uint8_t *last = memrchr(by->stream, '\n', by->nstream);
    size_t whole = last ? (size_t)(last - by->stream) + 1 : 0;
    static struct frame one;
    read_frame(dialect, &one, by->stream, whole);
    count(load, by, &one, now);
    memmove(by->stream, by->stream + whole, by->nstream - whole);
    by->nstream -= whole;
}
