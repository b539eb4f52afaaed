/* A minimal server of rooms: the upper bound of what this machine allows, as the yardstick for the others.
 *
 *   cc -O2 -o relay relay.c && ./relay PORT
 *
 * One thread, epoll, WebSocket. The path names the room. Each text frame {…} is given the seq of its room, {"s":seq,…}, and
 * sent to everyone in the room. All frames read in one turn of the loop go out as one frame, one JSON object a line, with
 * one write for each connection. There are no sessions, log, limits, cursors for slow readers, or checks.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD 10 /* bytes reserved before a batch, for its frame header */

struct bytes {
    uint8_t *at;
    size_t size, room;
};

struct room {
    char name[64];
    struct room *next, *next_dirty;
    struct connection *first;
    struct bytes batch;
    uint64_t seq;
    int dirty;
};

struct connection {
    int fd, waits;
    struct room *room; /* NULL: before its handshake */
    struct connection *next;
    struct bytes in, out;
};

static struct room *rooms, *dirty;
static int epoll;

static void add(struct bytes *to, const void *what, size_t size) {
    if (to->size + size > to->room) {
        to->room = (to->size + size) * 2;
        if (!(to->at = realloc(to->at, to->room))) abort();
    }
    memcpy(to->at + to->size, what, size);
    to->size += size;
}

/* ---------------------------------------------------------------- out */

static void listen_for(struct connection *one, int room_to_write) {
    if (one->waits == room_to_write) return;
    one->waits = room_to_write;
    struct epoll_event wanted = {.events = EPOLLIN | (room_to_write ? EPOLLOUT : 0), .data.ptr = one};
    epoll_ctl(epoll, EPOLL_CTL_MOD, one->fd, &wanted);
}

static void write_to(struct connection *one, const uint8_t *what, size_t size) {
    ssize_t sent = 0;
    if (!one->out.size) sent = send(one->fd, what, size, MSG_NOSIGNAL);
    if (sent < 0) sent = 0;
    if ((size_t)sent < size) add(&one->out, what + sent, size - (size_t)sent);
    listen_for(one, one->out.size > 0);
}

static void write_rest(struct connection *one) {
    ssize_t sent = send(one->fd, one->out.at, one->out.size, MSG_NOSIGNAL);
    if (sent < 0) return;
    memmove(one->out.at, one->out.at + sent, one->out.size -= (size_t)sent);
    listen_for(one, one->out.size > 0);
}

static void flush(struct room *room) {
    size_t size = room->batch.size - HEAD;
    uint8_t *frame = room->batch.at + HEAD;
    if (size < 126) {
        *--frame = (uint8_t)size;
    } else if (size < 65536) {
        *--frame = (uint8_t)size, *--frame = (uint8_t)(size >> 8), *--frame = 126;
    } else {
        for (int shift = 0; shift < 64; shift += 8) *--frame = (uint8_t)(size >> shift);
        *--frame = 127;
    }
    *--frame = 0x81;
    size_t whole = (size_t)(room->batch.at + room->batch.size - frame);
    for (struct connection *one = room->first; one; one = one->next) write_to(one, frame, whole);
    room->batch.size = HEAD;
    room->dirty = 0;
}

/* ---------------------------------------------------------------- in */

static void take(struct room *room, const uint8_t *object, size_t size) {
    char seq[32];
    if (size < 2 || object[0] != '{') return;
    if (!room->dirty) {
        room->dirty = 1;
        room->next_dirty = dirty;
        dirty = room;
    }
    if (room->batch.size > HEAD) add(&room->batch, "\n", 1);
    int length = 0;
    char digits[20], *to = seq;
    uint64_t number = ++room->seq;
    do digits[length++] = (char)('0' + number % 10);
    while (number /= 10);
    memcpy(to, "{\"s\":", 5), to += 5;
    while (length) *to++ = digits[--length];
    *to++ = ',';
    add(&room->batch, seq, (size_t)(to - seq));
    add(&room->batch, object + 1, size - 1);
}

static size_t take_frame(struct connection *one, uint8_t *bytes, size_t size) {
    if (size < 6) return 0;
    size_t length = bytes[1] & 0x7F, head = 2;
    if (length == 126) length = (size_t)bytes[2] << 8 | bytes[3], head = 4;
    if (length == 127 || size < head + 4 + length) return 0;
    const uint8_t *mask = bytes + head;
    uint8_t *payload = bytes + head + 4;
    for (size_t place = 0; place < length; place++) payload[place] ^= mask[place & 3];
    if ((bytes[0] & 15) == 1) take(one->room, payload, length);
    return head + 4 + length;
}

static void leave(struct connection *one) {
    struct connection **at = one->room ? &one->room->first : NULL;
    while (at && *at && *at != one) at = &(*at)->next;
    if (at && *at) *at = one->next;
    close(one->fd);
    free(one->in.at), free(one->out.at), free(one);
}

static uint32_t rolled(uint32_t value, int by) { return value << by | value >> (32 - by); }

static void sha1(const uint8_t *text, size_t size, uint8_t digest[20]) { /* of at most 119 bytes */
    uint8_t block[128] = {0};
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    size_t blocks = size + 9 > 64 ? 2 : 1;
    memcpy(block, text, size);
    block[size] = 0x80;
    block[blocks * 64 - 2] = (uint8_t)(size >> 5), block[blocks * 64 - 1] = (uint8_t)(size << 3);
    for (const uint8_t *at = block; at < block + blocks * 64; at += 64) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++)
            w[i] = (uint32_t)at[4 * i] << 24 | (uint32_t)at[4 * i + 1] << 16 | (uint32_t)at[4 * i + 2] << 8 | at[4 * i + 3];
        for (int i = 16; i < 80; i++) w[i] = rolled(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
            uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
            uint32_t next = rolled(a, 5) + f + e + k + w[i];
            e = d, d = c, c = rolled(b, 30), b = a, a = next;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const uint8_t *digest, char *to) { /* of 20 bytes */
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 21; i += 3) {
        uint32_t three = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | (i + 2 < 20 ? digest[i + 2] : 0);
        for (int shift = 18; shift >= 0; shift -= 6) *to++ = signs[three >> shift & 63];
    }
    to[-1] = '=', *to = 0;
}

static struct room *room_named(const char *name) {
    for (struct room *one = rooms; one; one = one->next)
        if (strcmp(one->name, name) == 0) return one;
    struct room *made = calloc(1, sizeof *made);
    if (!made) abort();
    snprintf(made->name, sizeof made->name, "%s", name);
    made->next = rooms;
    add(&made->batch, "0123456789", HEAD);
    return rooms = made;
}

static int shake_hands(struct connection *one) { /* returns the bytes consumed; 0: incomplete, -1: not a WebSocket */
    char name[64], key[64], answer[200], *end;
    uint8_t digest[20];
    char accept[29];
    add(&one->in, "", 1), one->in.size--;
    char *text = (char *)one->in.at;
    if (!(end = strstr(text, "\r\n\r\n"))) return 0;
    char *at = strcasestr(text, "\r\nSec-WebSocket-Key: ");
    if (!at || sscanf(text, "GET /%63s", name) != 1 || sscanf(at + 21, "%24s", key) != 1) return -1;
    strcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    if (strlen(key) != 60) return -1;
    sha1((uint8_t *)key, 60, digest);
    base64(digest, accept);
    int size = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    write_to(one, (uint8_t *)answer, (size_t)size);
    one->room = room_named(name);
    one->next = one->room->first;
    one->room->first = one;
    return (int)(end + 4 - text);
}

static void read_from(struct connection *one) {
    static uint8_t incoming[65536];
    uint8_t *bytes = incoming;
    ssize_t got = recv(one->fd, incoming, sizeof incoming, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        leave(one);
        return;
    }
    size_t size = (size_t)got, at = 0, taken;
    if (one->in.size || !one->room) { /* rare: a frame in pieces */
        add(&one->in, incoming, size);
        int shaken = one->room ? 0 : shake_hands(one);
        if (shaken < 0) {
            leave(one);
            return;
        }
        at = (size_t)shaken;
        bytes = one->in.at, size = one->in.size;
        if (!one->room) return;
    }
    while ((taken = take_frame(one, bytes + at, size - at))) at += taken;
    one->in.size = 0;
    if (at < size) {
        if (bytes == incoming) add(&one->in, bytes + at, size - at);
        else memmove(bytes, bytes + at, one->in.size = size - at);
    }
}

/* ---------------------------------------------------------------- the loop */

int main(int count, char **words) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(count > 1 ? words[1] : "8100")),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, 4096) < 0) {
        perror("relay");
        return 1;
    }
    epoll = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN}, events[1024];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &wanted);
    for (;;) {
        int ready = epoll_wait(epoll, events, 1024, -1);
        for (int place = 0; place < ready; place++) {
            struct connection *one = events[place].data.ptr;
            if (one) {
                if (events[place].events & EPOLLOUT) write_rest(one);
                if (events[place].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_from(one);
                continue;
            }
            if (!(one = calloc(1, sizeof *one))) abort();
            if ((one->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) < 0) {
                free(one);
                continue;
            }
            setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            wanted = (struct epoll_event){.events = EPOLLIN, .data.ptr = one};
            epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd, &wanted);
        }
        while (dirty) {
            struct room *room = dirty;
            dirty = room->next_dirty;
            flush(room);
        }
    }
}
