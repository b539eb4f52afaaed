/* One step at one rate: send each command at its due time, receive all copies, judge what arrived. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialects.h"

#define TURN 50            /* microseconds: shortest turn of the loop, so that it finds more than one message to read */
#define AT_ONCE 64         /* most commands sent between two reads: a late generator must not read late as well */
#define PATIENCE 1500000   /* microseconds without a copy, after which missing copies count as lost */
#define LARGEST_COMMAND (200 + LARGEST_FILLER + 16 * LARGEST_TO)

int recipients(const struct load *load) { return load->to ? load->to + 1 : load->players; }

/* The k-th recipient of a private command: an index in its room. They rotate from command to command; never the sender. */
static int recipient(const struct load *load, int sender, uint64_t number, int k) {
    return (sender + 1 + (int)((number * (uint64_t)load->to + (uint64_t)k) % (uint64_t)(load->players - 1))) % load->players;
}

static void expect(struct connection *one, uint64_t number) {
    one->expected++;
    one->expected_sum += mixed(number);
}

/* The command as it is, plus ,"to":["p1","p2"]: names of connections are their indices. */
static size_t make_private(struct load *load, struct connection *by, char *command, size_t size, uint64_t number) {
    int first = by->room->first;
    char *end = command + size - 1; /* its closing brace */
    end += sprintf(end, ",\"to\":[");
    for (int k = 0; k < load->to; k++) {
        int index = first + recipient(load, by->index - first, number, k);
        end += sprintf(end, "%s\"p%d\"", k ? "," : "", index);
        expect(&load->connection[index], number);
    }
    expect(by, number);
    end += sprintf(end, "]}");
    return (size_t)(end - command);
}

static void send_command(struct load *load, struct connection *by, uint64_t due) {
    char command[LARGEST_COMMAND];
    struct room *room = by->room;
    uint64_t number = room->sent++;
    room->sum += mixed(number);
    size_t size = load->dialect->command(by, command, number, due);
    if (load->filler) { /* one more argument, a string: …] becomes …,"xxx"] */
        char *end = memrchr(command, ']', size);
        size_t rest = (size_t)(command + size - end);
        memmove(end + load->filler + 3, end, rest);
        *end = ',', end[1] = '"', end[load->filler + 2] = '"';
        memset(end + 2, 'x', (size_t)load->filler);
        size += (size_t)load->filler + 3;
    }
    if (load->to) size = make_private(load, by, command, size, number);
    say(by, load->dialect, command, size);
}

/* The sender of a command: round robin over rooms first, so that commands of one room are as far apart as possible. */
static struct connection *sender_of(const struct load *load, uint64_t number) {
    const struct room *room = &load->room[number % (uint64_t)load->rooms];
    return &load->connection[room->first + (int)(number / (uint64_t)load->rooms % (uint64_t)load->senders)];
}

static uint64_t expected_by(const struct load *load, const struct connection *one) {
    return load->to ? one->expected : one->room->sent;
}

static uint64_t expected_sum_by(const struct load *load, const struct connection *one) {
    return load->to ? one->expected_sum : one->room->sum;
}

static void judge(const struct load *load, struct step *step) {
    step->complete = step->one_order = true;
    for (int number = 0; number < load->connections; number++) {
        const struct connection *one = &load->connection[number];
        const struct connection *first = &load->connection[one->room->first];
        if (one->copies != expected_by(load, one) || one->sum != expected_sum_by(load, one)) step->complete = false;
        /* Players get different private commands: there, gap-free seqs alone show the order. */
        if (one->gaps || (!load->to && one->order != first->order)) step->one_order = false;
    }
    step->copies = load->copies;
    step->frames = load->frames;
    step->frames_read = load->frames_read;
    step->p50 = histogram_ms(&load->latency, 0.5);
    step->p99 = histogram_ms(&load->latency, 0.99);
    step->p999 = histogram_ms(&load->latency, 0.999);
    step->most = (double)load->latency.most / 1000.0;
    step->late_p99 = histogram_ms(&load->late, 0.99);
    step->late_most = (double)load->late.most / 1000.0;
    step->held = step->complete && !step->given_up && step->p99 * 1000.0 < (double)load->limit && !load->trouble[0];
}

/* A skipped connection lacks copies for good. After the step, reset all digests, as if everyone had everything. */
static void reset_digests(struct load *load) {
    for (int number = 0; number < load->connections; number++) {
        struct connection *one = &load->connection[number];
        one->copies = expected_by(load, one);
        one->sum = expected_sum_by(load, one);
        one->order = 0;
    }
    load->skipped = false;
}

struct step run_step(struct load *load, double rate, double seconds) {
    double each = (double)recipients(load), interval = each / rate * 1e6; /* microseconds between two commands */
    struct step step = {.rate = rate, .seconds = seconds};
    uint64_t wanted = (uint64_t)(seconds * 1e6 / interval + 0.5);
    if (!wanted) wanted = 1;
    uint64_t may_be_slow = (uint64_t)((double)wanted * each * 0.01);
    histogram_clear(&load->latency);
    histogram_clear(&load->late);
    load->copies = load->slow = load->frames = load->frames_read = 0;
    step.server_user = -processor_time(load->server, false);
    step.server_kernel = -processor_time(load->server, true);
    step.server_cpu = -cpu_time(load->server);
    step.run_delay = -run_delay(getpid());
    step.server_run_delay = -run_delay(load->server);

    uint64_t start = microseconds() + 1000, now = start, busy = 0, last_progress = start, progress = 0;
    int opened = 0, arrived = 0;
    uint64_t last_arrival = start;
    uint64_t *touched = malloc(sizeof *touched * (size_t)load->connections);
    uint8_t *is_touched = calloc((size_t)load->connections, 1);
    if (!touched || !is_touched) abort();
    while (!load->trouble[0]) {
        now = microseconds();
        while (opened < load->newcomers && start + (uint64_t)opened * 1000000 / (uint64_t)load->newcomers <= now) {
            struct connection *one = &load->connection[load->connections + opened];
            one->due = start + (uint64_t)opened++ * 1000000 / (uint64_t)load->newcomers;
            open_one(load, one);
        }
        if (load->arrived != arrived) arrived = load->arrived, last_arrival = last_progress = now;
        size_t to_flush = 0;
        uint64_t due, said = 0;
        while (step.commands < wanted && !step.given_up && said < AT_ONCE &&
               (due = start + (uint64_t)((double)step.commands * interval)) <= now) {
            struct connection *by = sender_of(load, step.commands++);
            said++;
            histogram_add(&load->late, now - due);
            send_command(load, by, due);
            if (!load->gather)
                flush_out(load, by); /* one write for each command: real players are separate programs */
            else if (!is_touched[by->index]) is_touched[by->index] = 1, touched[to_flush++] = (uint64_t)by->index;
        }
        for (size_t place = 0; place < to_flush; place++) {
            is_touched[touched[place]] = 0;
            flush_out(load, &load->connection[touched[place]]);
        }
        int heard = turn(load, 0);
        uint64_t then = microseconds();
        if (heard || said) busy += then - now;
        if (load->copies != progress) progress = load->copies, last_progress = then;
        if (load->slow > may_be_slow && !load->newcomers) step.given_up = true; /* the rate cannot be held any more */
        if (load->skipped) step.given_up = true;
        if (step.commands == wanted || step.given_up) {
            step.expected = step.commands * (uint64_t)recipients(load);
            bool all = load->copies >= step.expected && load->arrived == load->newcomers;
            if (all || then - last_progress > PATIENCE) break;
        }
        while (heard < 64 && microseconds() - now < TURN) {}
    }
    load->last_arrival = last_arrival - start;
    free(touched);
    free(is_touched);
    double took = (double)(microseconds() - start + 1) / 1e6;
    step.busy = (double)busy / 1e6 / took;
    step.run_delay = (step.run_delay + run_delay(getpid())) / took;
    step.server_run_delay = (step.server_run_delay + run_delay(load->server)) / took;
    step.seconds = (double)step.commands * interval / 1e6;
    step.server_user += processor_time(load->server, false);
    step.server_kernel += processor_time(load->server, true);
    step.server_cpu += cpu_time(load->server);
    judge(load, &step);
    if (load->skipped) reset_digests(load);
    return step;
}
