/* How a server wants to be talked to. */
#pragma once

#include "load.h"

struct copy {
    uint64_t number, due, seq; /* seq 0: the server does not count */
    bool empty;                /* an entry with a seq, but no command */
};

struct dialect {
    const char *name;
    const char *path;        /* of the WebSocket; %s is the room's name */
    const char *subprotocol; /* or NULL */
    uint8_t opcode;          /* 1: text, 2: binary */
    bool stream;             /* messages are cut by their ends, not by frames */
    bool counts;             /* the server numbers what it sends */

    /* Say what is to be said first; called with each frame until it returns true: we are in. Payload NULL: at the start. */
    bool (*greet)(struct load *load, struct connection *by, const uint8_t *payload, size_t size);
    /* Write one command; how long it is. */
    size_t (*command)(struct connection *by, char *to, uint64_t number, uint64_t due);
    /* Find the next copy in a payload, from *at on; false: there is none. */
    bool (*next)(const uint8_t *payload, size_t size, size_t *at, struct copy *copy);
    /* What is no copy: answer a ping, note trouble. True: nothing more to read in it. */
    bool (*aside)(struct load *load, struct connection *by, const uint8_t *payload, size_t size);
};

const struct dialect *dialect_named(const char *name);
