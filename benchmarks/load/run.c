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

/* The schedule of one step, and how far it has got. Times are in microseconds. */
struct schedule {
    uint64_t start;
    double interval;     /* between two commands */
    uint64_t commands;   /* to send in all */
    int opened;          /* newcomers that have begun to connect */
    int *touched;        /* with load->gather: connections that have output to write, by index */
    uint8_t *is_touched; /* by index */
};

static void open_newcomers(struct load *load, struct schedule *plan, uint64_t now) {
    uint64_t count = (uint64_t)load->newcomers;
    while (plan->opened < load->newcomers && plan->start + (uint64_t)plan->opened * 1000000 / count <= now) {
        struct connection *one = &load->connection[load->connections + plan->opened];
        one->due = plan->start + (uint64_t)plan->opened++ * 1000000 / count;
        open_one(load, one);
    }
}

/* Send the commands that are due, at most AT_ONCE; returns how many. */
static int send_due(struct load *load, struct schedule *plan, struct step *step, uint64_t now) {
    int sent = 0, touched = 0;
    uint64_t due;
    while (step->commands < plan->commands && !step->given_up && sent < AT_ONCE &&
           (due = plan->start + (uint64_t)((double)step->commands * plan->interval)) <= now) {
        struct connection *by = sender_of(load, step->commands++);
        sent++;
        histogram_add(&load->late, now - due);
        send_command(load, by, due);
        if (!load->gather)
            flush_out(load, by); /* one write for each command: real players are separate programs */
        else if (!plan->is_touched[by->index])
            plan->is_touched[by->index] = 1, plan->touched[touched++] = by->index;
    }
    for (int place = 0; place < touched; place++) {
        plan->is_touched[plan->touched[place]] = 0;
        flush_out(load, &load->connection[plan->touched[place]]);
    }
    return sent;
}

/* Add the processes' figures with this sign: -1 at the start of a step, 1 at its end. */
void read_processes(const struct load *load, struct step *step, double sign) {
    step->server_user += sign * processor_time(load->server, false);
    step->server_kernel += sign * processor_time(load->server, true);
    step->server_cpu += sign * cpu_time(load->server);
    step->run_delay += sign * run_delay(getpid());
    step->server_run_delay += sign * run_delay(load->server);
}

/* Send by the schedule and read, until all copies have arrived or none arrives any more; returns the busy time. */
static uint64_t play(struct load *load, struct schedule *plan, struct step *step) {
    uint64_t now, busy = 0, progress = 0, last_progress = plan->start, slow = plan->commands * (uint64_t)recipients(load) / 100;
    int arrived = 0;
    while (!load->trouble[0]) {
        now = microseconds();
        open_newcomers(load, plan, now);
        if (load->arrived != arrived) {
            arrived = load->arrived;
            load->last_arrival = now - plan->start;
            last_progress = now;
        }
        int sent = send_due(load, plan, step, now);
        int events = turn(load, 0);
        uint64_t then = microseconds();
        if (events || sent) busy += then - now;
        if (load->copies != progress) progress = load->copies, last_progress = then;
        if (load->slow > slow && !load->newcomers) step->given_up = true; /* the rate cannot be held any more */
        if (load->skipped) step->given_up = true;
        if (step->commands == plan->commands || step->given_up) {
            step->expected = step->commands * (uint64_t)recipients(load);
            bool all = load->copies >= step->expected && load->arrived == load->newcomers;
            if (all || then - last_progress > PATIENCE) break;
        }
        while (events < 64 && microseconds() - now < TURN) {}
    }
    return busy;
}

struct step run_step(struct load *load, double rate, double seconds) {
    double interval = (double)recipients(load) / rate * 1e6;
    struct step step = {.rate = rate};
    struct schedule plan = {.interval = interval, .commands = (uint64_t)(seconds * 1e6 / interval + 0.5)};
    if (!plan.commands) plan.commands = 1;
    plan.touched = malloc(sizeof *plan.touched * (size_t)load->connections);
    plan.is_touched = calloc((size_t)load->connections, 1);
    if (!plan.touched || !plan.is_touched) abort();
    histogram_clear(&load->latency);
    histogram_clear(&load->late);
    load->copies = load->slow = load->frames = load->frames_read = load->last_arrival = 0;

    read_processes(load, &step, -1);
    plan.start = microseconds() + 1000;
    uint64_t busy = play(load, &plan, &step);
    double took = (double)(microseconds() - plan.start + 1) / 1e6;
    read_processes(load, &step, 1);
    free(plan.touched);
    free(plan.is_touched);

    step.busy = (double)busy / 1e6 / took;
    step.run_delay /= took;
    step.server_run_delay /= took;
    step.seconds = (double)step.commands * interval / 1e6;
    judge(load, &step);
    if (load->skipped) reset_digests(load);
    return step;
}
