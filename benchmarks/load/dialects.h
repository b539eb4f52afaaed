/* The protocol of one server: how to greet it, send a command, and find the copies in what it sends. */
#pragma once

#include "load.h"

struct copy {
    uint64_t number, due, seq; /* seq 0: the server does not number what it sends */
    bool empty;                /* an entry with a seq but without a command */
};

struct dialect {
    const char *name;
    const char *path;        /* HTTP path; %s is the room's name */
    const char *subprotocol; /* or NULL */
    uint8_t opcode;          /* 1: text, 2: binary */
    bool stream;             /* messages may span frames */
    bool counts;             /* the server numbers what it sends */

    /* Called once without a payload when the WebSocket is open, then with each frame until it returns true: joined. */
    bool (*greet)(struct load *load, struct connection *by, const uint8_t *payload, size_t size);
    /* Write one command; returns its size. */
    size_t (*command)(struct connection *by, char *to, uint64_t number, uint64_t due);
    /* Find the next copy in a payload from *at on, and move *at behind it. False: there is none. */
    bool (*next)(const uint8_t *payload, size_t size, size_t *at, struct copy *copy);
    /* For rooms that tick: write one command that steers; and how many updates of its room's state a payload holds. */
    size_t (*steer)(struct connection *by, char *to, int dx, int dy);
    int (*updates)(const uint8_t *payload, size_t size);
    /* Handle what is not a copy: answer a ping, note an error. True: the payload holds nothing else. */
    bool (*aside)(struct load *load, struct connection *by, const uint8_t *payload, size_t size);
};

const struct dialect *dialect_named(const char *name);
