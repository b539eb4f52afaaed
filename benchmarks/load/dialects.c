/* The protocols of the servers. A new one needs its path, its greeting, one command, and where a copy's numbers stand. */
#define _GNU_SOURCE
#include "dialects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void trouble(struct load *load, const uint8_t *said, size_t size) {
    if (!load->trouble[0])
        snprintf(load->trouble, sizeof load->trouble, "the server says: %.*s", (int)(size < 200 ? size : 200), (const char *)said);
}

static void answer(struct load *load, struct connection *to, const char *text) {
    say(to, load->dialect, text, strlen(text));
    flush_out(load, to);
}

static bool starts(const uint8_t *payload, size_t size, const char *with) {
    size_t length = strlen(with);
    return size >= length && memcmp(payload, with, length) == 0;
}

/* ---------------------------------------------------------------- numbers in text */

static char *put_number(char *to, uint64_t number) {
    char digits[20];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count) *to++ = digits[--count];
    return to;
}

static char *put_text(char *to, const char *text) { return stpcpy(to, text); }

static char *put_command(char *to, uint64_t number, uint64_t due) { /* the same in every dialect */
    to = put_text(to, "\"c\":\"move\",\"a\":[");
    to = put_number(to, number);
    *to++ = ',';
    to = put_number(to, due);
    return put_text(to, "]}");
}

static uint64_t number_at(const uint8_t **at, const uint8_t *end) {
    uint64_t number = 0;
    while (*at < end && **at == ' ') ++*at;
    while (*at < end && (unsigned)(**at - '0') < 10) number = number * 10 + (unsigned)(*(*at)++ - '0');
    return number;
}

/* The next [number,due]. A bracket that no digit follows belongs to something else. */
static bool next_in_text(const uint8_t *payload, size_t size, size_t *at, struct copy *copy) {
    const uint8_t *end = payload + size, *here = payload + *at;
    while ((here = memchr(here, '[', (size_t)(end - here)))) {
        here++;
        if (here < end && (unsigned)(*here - '0') < 10) {
            copy->number = number_at(&here, end);
            here++;
            copy->due = number_at(&here, end);
            *at = (size_t)(here - payload);
            return true;
        }
    }
    return false;
}

/* The same for numbered entries, one a line: {… "s":seq … [number,due] …}. Other entries may stand between them. */
static bool next_counted(const uint8_t *payload, size_t size, size_t *at, struct copy *copy) {
    const uint8_t *line = *at ? memchr(payload + *at, '\n', size - *at) : payload;
    if (!line) return false;
    if (*at) line++;
    const uint8_t *seq = memmem(line, (size_t)(payload + size - line), "\"s\":", 4);
    if (!seq) return false;
    seq += 4;
    copy->seq = number_at(&seq, payload + size);
    *at = (size_t)(seq - payload);
    const uint8_t *end = memchr(seq, '\n', (size_t)(payload + size - seq));
    copy->empty = !next_in_text(payload, end ? (size_t)(end - payload) : size, at, copy);
    return true;
}

/* ---------------------------------------------------------------- Roomcast */

static bool roomcast_greet(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    if (!payload) {
        char hello[120];
        const char *versions = load->steers > 0 ? ",\"v\":[1,2]" : ""; /* rooms with rules need version 2 */
        snprintf(hello, sizeof hello, "{\"t\":\"hello\",\"room\":\"%s\",\"name\":\"p%d\"%s}", by->room->name, by->index, versions);
        answer(load, by, hello);
        return false;
    }
    if (starts(payload, size, "{\"t\":\"welcome\"")) return true;
    if (starts(payload, size, "{\"t\":\"error\"") || starts(payload, size, "{\"t\":\"bye\"")) trouble(load, payload, size);
    return false;
}

static size_t roomcast_command(struct connection *by, char *to, uint64_t number, uint64_t due) {
    char *end = put_text(to, "{\"t\":\"do\",\"n\":");
    end = put_number(end, ++by->n);
    *end++ = ',';
    return (size_t)(put_command(end, number, due) - to);
}

static size_t roomcast_steer(struct connection *by, char *to, int dx, int dy) {
    return (size_t)sprintf(to, "{\"t\":\"do\",\"n\":%lu,\"c\":\"move\",\"a\":[%d,%d]}", ++by->n, dx, dy);
}

static int times_in(const uint8_t *payload, size_t size, const char *text) {
    int count = 0;
    for (const uint8_t *at = payload; (at = memmem(at, (size_t)(payload + size - at), text, strlen(text))); at++) count++;
    return count;
}

/* Turns of a room with rules, or commands in a relay. In no text of either is a quote without a backslash before it. */
static int roomcast_updates(const uint8_t *payload, size_t size) {
    return times_in(payload, size, "{\"t\":\"turn\"") + times_in(payload, size, "{\"t\":\"do\"");
}

static bool roomcast_aside(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    if (starts(payload, size, "{\"t\":\"skipped\"")) { /* too far behind: this step has failed, the next may succeed */
        by->skipped = load->skipped = true;
        return true;
    }
    static const char *const bad[] = {"{\"t\":\"error\"", "{\"t\":\"bye\""};
    for (int kind = 0; kind < 2; kind++)
        if (starts(payload, size, bad[kind])) {
            trouble(load, payload, size);
            return true;
        }
    return false;
}

/* ---------------------------------------------------------------- a relay of JSON text; the path names the room */

static bool at_once(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    (void)load, (void)by, (void)payload, (void)size;
    return true;
}

static size_t plain_command(struct connection *by, char *to, uint64_t number, uint64_t due) {
    (void)by;
    *to = '{';
    return (size_t)(put_command(to + 1, number, due) - to);
}

static bool no_aside(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    (void)load, (void)by, (void)payload, (void)size;
    return false;
}

/* ---------------------------------------------------------------- Socket.IO: Engine.IO 4 over WebSocket alone */

static bool socketio_greet(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    if (!payload) return false;
    if (payload[0] == '0') answer(load, by, "40");
    if (payload[0] == '2') answer(load, by, "3");
    if (starts(payload, size, "44")) trouble(load, payload, size);
    return starts(payload, size, "40");
}

static size_t socketio_command(struct connection *by, char *to, uint64_t number, uint64_t due) {
    (void)by;
    char *end = put_command(put_text(to, "42[\"do\",{"), number, due);
    *end++ = ']';
    return (size_t)(end - to);
}

static bool socketio_aside(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    if (size == 1 && payload[0] == '2') answer(load, by, "3");
    return size < 2;
}

/* ---------------------------------------------------------------- NATS: its own protocol, as a stream in binary frames */

static bool nats_greet(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    if (!payload) return false;
    if (starts(payload, size, "INFO")) {
        char hello[160];
        snprintf(hello, sizeof hello, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB %s 1\r\nPING\r\n", by->room->name);
        answer(load, by, hello);
    }
    if (memmem(payload, size, "-ERR", 4)) trouble(load, payload, size);
    return memmem(payload, size, "PONG\r\n", 6) != NULL;
}

static size_t nats_command(struct connection *by, char *to, uint64_t number, uint64_t due) {
    char body[80];
    body[0] = '{';
    size_t size = (size_t)(put_command(body + 1, number, due) - body);
    char *end = put_text(put_text(to, "PUB "), by->room->name);
    *end++ = ' ';
    end = put_number(end, size);
    end = put_text(end, "\r\n");
    memcpy(end, body, size);
    return (size_t)(put_text(end + size, "\r\n") - to);
}

static bool nats_aside(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    if (starts(payload, size, "PING\r\n")) answer(load, by, "PONG\r\n");
    if (starts(payload, size, "-ERR")) trouble(load, payload, size);
    return false;
}

/* ---------------------------------------------------------------- Colyseus: a code, then MessagePack; seats are reserved by HTTP */

enum { JOIN_ROOM = 10, ROOM_ERROR = 11, LEAVE_ROOM = 12, ROOM_DATA = 13, ROOM_STATE_PATCH = 15 };

static bool colyseus_greet(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    if (!payload) return false;
    if (payload[0] == ROOM_ERROR || payload[0] == LEAVE_ROOM) trouble(load, payload, size);
    if (payload[0] != JOIN_ROOM) return false;
    char joined = JOIN_ROOM;
    say(by, load->dialect, &joined, 1);
    flush_out(load, by);
    return true;
}

static char *put_packed(char *to, uint64_t number) {
    *to++ = (char)0xCE; /* uint 32 */
    for (int shift = 24; shift >= 0; shift -= 8) *to++ = (char)(number >> shift);
    return to;
}

static size_t colyseus_command(struct connection *by, char *to, uint64_t number, uint64_t due) {
    (void)by;
    char *end = to;
    *end++ = ROOM_DATA;
    end = put_text(end, "\xA2" "do" "\x82" "\xA1" "c" "\xA4" "move" "\xA1" "a" "\x92");
    end = put_packed(end, number);
    return (size_t)(put_packed(end, due) - to);
}

/* A message "move" with {dx, dy}; both fit in one byte of MessagePack. */
static size_t colyseus_steer(struct connection *by, char *to, int dx, int dy) {
    (void)by;
    char *end = to;
    *end++ = ROOM_DATA;
    end = put_text(end, "\xA4" "move" "\x82" "\xA2" "dx");
    *end++ = (char)dx;
    end = put_text(end, "\xA2" "dy");
    *end++ = (char)dy;
    return (size_t)(end - to);
}

static int colyseus_updates(const uint8_t *payload, size_t size) {
    return size && (payload[0] & 0x1F) == ROOM_STATE_PATCH; /* the upper bits are flags */
}

static uint64_t packed_at(const uint8_t **at) { /* servers choose the size of a number */
    uint8_t kind = *(*at)++;
    if (kind < 0x80) return kind;
    uint64_t number = 0;
    if (kind == 0xCB) { /* a float 64: a JavaScript number over 2^32 */
        for (int place = 0; place < 8; place++) number = number << 8 | *(*at)++;
        double value;
        memcpy(&value, &number, 8);
        return (uint64_t)value;
    }
    for (int bytes = kind == 0xCC ? 1 : kind == 0xCD ? 2 : kind == 0xCE ? 4 : 8; bytes; bytes--) number = number << 8 | *(*at)++;
    return number;
}

static bool next_packed(const uint8_t *payload, size_t size, size_t *at, struct copy *copy) {
    if (*at || size < 12 || payload[0] != ROOM_DATA) return false;
    const uint8_t *here = memmem(payload, size, "\xA1" "a" "\x92", 3);
    if (!here) return false;
    here += 3;
    copy->number = packed_at(&here);
    copy->due = packed_at(&here);
    *at = size;
    return true;
}

/* ---------------------------------------------------------------- the table */

static const struct dialect dialects[] = {
    {"roomcast", "/", "roomcast.1", 1, false, true, roomcast_greet, roomcast_command, next_counted, roomcast_steer,
     roomcast_updates, roomcast_aside},
    {"counted", "/%s", NULL, 1, false, true, at_once, plain_command, next_counted, NULL, NULL, no_aside},
    {"plain", "/%s", NULL, 1, false, false, at_once, plain_command, next_in_text, NULL, NULL, no_aside},
    {"socketio", "/socket.io/?EIO=4&transport=websocket&room=%s", NULL, 1, false, false, socketio_greet, socketio_command,
     next_in_text, NULL, NULL, socketio_aside},
    {"nats", "/", NULL, 2, true, false, nats_greet, nats_command, next_in_text, NULL, NULL, nats_aside},
    {"colyseus", NULL, NULL, 2, false, false, colyseus_greet, colyseus_command, next_packed, colyseus_steer,
     colyseus_updates, no_aside},
};

const struct dialect *dialect_named(const char *name) {
    for (size_t place = 0; place < sizeof dialects / sizeof *dialects; place++)
        if (strcmp(dialects[place].name, name) == 0) return &dialects[place];
    return NULL;
}
