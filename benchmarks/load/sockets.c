/* Connections: the handshake, frames out and in (RFC 6455). Clients must mask; a mask of zeros is one, and costs nothing. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dialects.h"

#define READ_AT_ONCE (256 * 1024)
#define LARGEST_FRAME (64 * 1024 * 1024)
#define OPENING_AT_ONCE 64 /* connections, so that no server's backlog overflows */

static uint8_t *incoming; /* one for all: it stays in the cache */
static size_t incoming_room;

uint64_t microseconds(void) {
    static time_t start; /* times are relative to it, to fit 32 bits: all servers pass such numbers on unchanged */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!start) start = now.tv_sec;
    return (uint64_t)(now.tv_sec - start) * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void *grown(void *old, size_t *room, size_t wanted) {
    if (wanted <= *room) return old;
    *room = wanted * 2;
    void *larger = realloc(old, *room);
    if (!larger) abort();
    return larger;
}

static void end(struct load *load, struct connection *one, const char *why) {
    if (one->stage != ENDED && !load->trouble[0])
        snprintf(load->trouble, sizeof load->trouble, "connection %d of room %s: %s", one->index, one->room->name, why);
    one->stage = ENDED;
    epoll_ctl(load->epoll, EPOLL_CTL_DEL, one->fd, NULL);
}

/* ---------------------------------------------------------------- out */

static void put(struct connection *to, const void *bytes, size_t size) {
    to->out = grown(to->out, &to->out_room, to->nout + size);
    memcpy(to->out + to->nout, bytes, size);
    to->nout += size;
}

static void put_frame(struct connection *to, uint8_t opcode, const void *payload, size_t size) {
    uint8_t head[14] = {0x80 | opcode};
    size_t length = 2;
    if (size < 126) {
        head[1] = 0x80 | (uint8_t)size;
    } else {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(size >> 8), head[3] = (uint8_t)size;
        length = 4;
    }
    put(to, head, length + 4); /* and four zeros: the mask */
    put(to, payload, size);
}

void say(struct connection *to, const struct dialect *dialect, const void *payload, size_t size) {
    put_frame(to, dialect->opcode, payload, size);
}

void flush_out(struct load *load, struct connection *to) {
    while (to->out_at < to->nout && to->stage != ENDED) {
        ssize_t sent = send(to->fd, to->out + to->out_at, to->nout - to->out_at, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) end(load, to, strerror(errno));
            break;
        }
        to->out_at += (size_t)sent;
        load->bytes_out += (size_t)sent;
    }
    bool waits = to->out_at < to->nout;
    if (!waits) to->out_at = to->nout = 0;
    if (waits != to->wants_write && to->stage != ENDED) {
        to->wants_write = waits;
        struct epoll_event wanted = {.events = EPOLLIN | (waits ? EPOLLOUT : 0), .data.ptr = to};
        epoll_ctl(load->epoll, EPOLL_CTL_MOD, to->fd, &wanted);
    }
}

/* ---------------------------------------------------------------- in */

static void greet(struct load *load, struct connection *by, const uint8_t *payload, size_t size) {
    if (load->dialect->greet(load, by, payload, size)) {
        by->stage = READY;
        load->ready += !by->newcomer;
        if (by->newcomer) {
            histogram_add(&load->arrivals, microseconds() - by->due);
            load->arrived++;
        }
    }
    flush_out(load, by);
}

static void hear(struct load *load, struct connection *by, uint8_t opcode, const uint8_t *payload, size_t size, uint64_t now) {
    if (opcode == 9) {
        put_frame(by, 10, payload, size);
        flush_out(load, by);
    } else if (opcode == 8) {
        char why[120];
        int shown = size > 2 ? (int)(size - 2 < 100 ? size - 2 : 100) : 0;
        snprintf(why, sizeof why, "the server closed: %.*s", shown, size > 2 ? (const char *)payload + 2 : "");
        end(load, by, why);
    } else if (opcode <= 2) {
        if (by->stage == READY)
            (load->steers > 0 ? take_update : take)(load, by, payload, size, now);
        else
            greet(load, by, payload, size);
    }
}

/* How many bytes of the answer to our handshake there are, 0: not all yet. */
static size_t answered(struct load *load, struct connection *by, const uint8_t *bytes, size_t size) {
    const uint8_t *last = memmem(bytes, size, "\r\n\r\n", 4);
    if (!last) return 0;
    if (size < 12 || memcmp(bytes + 8, " 101", 4) != 0) {
        char why[80];
        snprintf(why, sizeof why, "no WebSocket: %.40s", (const char *)bytes);
        end(load, by, why);
        return 0;
    }
    by->stage = GREETING;
    greet(load, by, NULL, 0);
    return (size_t)(last - bytes) + 4;
}

static void read_from(struct load *load, struct connection *by) {
    incoming = grown(incoming, &incoming_room, by->nleft + READ_AT_ONCE);
    memcpy(incoming, by->left, by->nleft);
    ssize_t got = recv(by->fd, incoming + by->nleft, READ_AT_ONCE, 0);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) end(load, by, got ? strerror(errno) : "the server has gone");
        return;
    }
    uint64_t now = microseconds();
    load->bytes_in += (size_t)got;
    size_t size = by->nleft + (size_t)got, at = 0;
    if (by->stage == OPENING) at = answered(load, by, incoming, size);
    while (by->stage > OPENING && by->stage != ENDED && size - at >= 2) {
        const uint8_t *frame = incoming + at;
        size_t length = frame[1] & 0x7F, head = 2;
        if (length == 126) {
            if (size - at < 4) break;
            length = (size_t)frame[2] << 8 | frame[3], head = 4;
        } else if (length == 127) {
            if (size - at < 10) break;
            length = 0, head = 10;
            for (int place = 2; place < 10; place++) length = length << 8 | frame[place];
            if (length > LARGEST_FRAME) {
                end(load, by, "a frame too large to be true");
                return;
            }
        }
        if (size - at - head < length) break;
        hear(load, by, frame[0] & 15, frame + head, length, now);
        at += head + length;
    }
    by->nleft = size - at;
    by->left = grown(by->left, &by->left_room, by->nleft);
    memcpy(by->left, incoming + at, by->nleft);
}

int turn(struct load *load, int wait_ms) {
    struct epoll_event events[64];
    int count = epoll_wait(load->epoll, events, 64, wait_ms);
    for (int place = 0; place < count; place++) {
        struct connection *one = events[place].data.ptr;
        if (events[place].events & EPOLLOUT) flush_out(load, one);
        if (events[place].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_from(load, one);
    }
    return count < 0 ? 0 : count;
}

/* ---------------------------------------------------------------- coming in */

void open_one(struct load *load, struct connection *one) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load->port)};
    inet_pton(AF_INET, load->host, &to.sin_addr);
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (one->fd < 0 || connect(one->fd, (struct sockaddr *)&to, sizeof to) < 0) {
        snprintf(load->trouble, sizeof load->trouble, "cannot connect: %s", strerror(errno));
        one->stage = ENDED;
        return;
    }
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = one};
    epoll_ctl(load->epoll, EPOLL_CTL_ADD, one->fd, &wanted);
    char path[512], request[1024];
    snprintf(path, sizeof path, load->paths ? load->paths[one->index] : load->dialect->path, one->room->name);
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                        path, load->host, load->port, load->dialect->subprotocol ? "Sec-WebSocket-Protocol: " : "",
                        load->dialect->subprotocol ? load->dialect->subprotocol : "",
                        load->dialect->subprotocol ? "\r\n" : "");
    fcntl(one->fd, F_SETFL, O_NONBLOCK);
    put(one, request, (size_t)size);
    flush_out(load, one);
}

bool connect_all(struct load *load, double within) {
    uint64_t give_up = microseconds() + (uint64_t)(within * 1e6);
    int opened = 0;
    while (load->ready < load->connections && !load->trouble[0] && microseconds() < give_up) {
        while (opened < load->connections && opened - load->ready < OPENING_AT_ONCE && !load->trouble[0])
            open_one(load, &load->connection[opened++]);
        turn(load, 10);
    }
    if (load->ready < load->connections && !load->trouble[0])
        snprintf(load->trouble, sizeof load->trouble, "only %d of %d connections came in within %g s", load->ready,
                 load->connections, within);
    return !load->trouble[0];
}
