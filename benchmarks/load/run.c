/* One step at one rate, and the search for the highest rate that is held. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialects.h"

#define TURN 50            /* microseconds at least, so that a turn finds more than one message to read */
#define AT_ONCE 64         /* commands before what has come is read: who is behind must not read late, too */
#define PATIENCE 1500000   /* microseconds without a copy, after which what is missing is missing */
#define LARGEST_COMMAND (200 + LARGEST_FILLER)

static double processor(const struct load *load, bool kernel) {
    char path[40], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", load->server);
    FILE *file = load->server ? fopen(path, "r") : NULL;
    if (!file) return 0;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    unsigned long user = 0, system = 0;
    const char *name_end = strrchr(text, ')');
    if (!name_end || sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) < 2) return 0;
    return (double)(kernel ? system : user) / (double)sysconf(_SC_CLK_TCK);
}

/* Seconds that a process (its first thread) was ready to run, while another ran: on a quiet machine, none. */
static double kept(int process) {
    char path[40];
    unsigned long long delay = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", process);
    FILE *file = process ? fopen(path, "r") : NULL;
    if (!file) return 0;
    if (fscanf(file, "%*u %llu", &delay) < 1) delay = 0;
    fclose(file);
    return (double)delay / 1e9;
}

static void act(struct load *load, struct connection *by, uint64_t due) {
    char command[LARGEST_COMMAND];
    struct room *room = by->room;
    room->sum += mixed(room->sent);
    size_t size = load->dialect->command(by, command, room->sent++, due);
    if (load->filler) { /* into the arguments, as a text: …] becomes …,"xxx"] */
        char *end = memrchr(command, ']', size);
        size_t rest = (size_t)(command + size - end);
        memmove(end + load->filler + 3, end, rest);
        *end = ',', end[1] = '"', end[load->filler + 2] = '"';
        memset(end + 2, 'x', (size_t)load->filler);
        size += (size_t)load->filler + 3;
    }
    say(by, load->dialect, command, size);
}

/* Whose turn it is to act: room by room, so that two commands of one room are as far apart as can be. */
static struct connection *actor(const struct load *load, uint64_t number) {
    const struct room *room = &load->room[number % (uint64_t)load->rooms];
    return &load->connection[room->first + (int)(number / (uint64_t)load->rooms % (uint64_t)load->senders)];
}

static void judge(const struct load *load, struct step *step) {
    step->complete = step->one_order = true;
    for (int number = 0; number < load->connections; number++) {
        const struct connection *one = &load->connection[number];
        const struct room *room = one->room;
        if (one->copies != room->sent || one->sum != room->sum) step->complete = false;
        if (one->holes || one->order != load->connection[room->first].order) step->one_order = false;
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

/* Who was skipped has not all that the others have. When all is quiet, let everyone begin anew, as if it had. */
static void begin_anew(struct load *load) {
    for (int number = 0; number < load->connections; number++) {
        struct connection *one = &load->connection[number];
        one->copies = one->room->sent;
        one->sum = one->room->sum;
        one->order = 0;
    }
    load->skipped = false;
}

struct step run_step(struct load *load, double rate, double seconds) {
    double each = (double)load->players, interval = each / rate * 1e6; /* microseconds between two commands */
    struct step step = {.rate = rate, .seconds = seconds};
    uint64_t wanted = (uint64_t)(seconds * 1e6 / interval + 0.5);
    if (!wanted) wanted = 1;
    uint64_t may_be_slow = (uint64_t)((double)wanted * each * 0.01);
    histogram_clear(&load->latency);
    histogram_clear(&load->late);
    load->copies = load->slow = load->frames = load->frames_read = 0;
    step.server_user = -processor(load, false);
    step.server_kernel = -processor(load, true);
    step.kept_from_running = -kept(getpid());
    step.server_kept_from_running = -kept(load->server);

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
            struct connection *by = actor(load, step.commands++);
            said++;
            histogram_add(&load->late, now - due);
            act(load, by, due);
            if (!load->gather)
                flush_out(load, by); /* players are programs of their own: each writes its command by itself */
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
        if (load->slow > may_be_slow && !load->newcomers) step.given_up = true; /* it cannot be held any more */
        if (load->skipped) step.given_up = true;
        if (step.commands == wanted || step.given_up) {
            step.expected = step.commands * (uint64_t)load->players;
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
    step.kept_from_running = (step.kept_from_running + kept(getpid())) / took;
    step.server_kept_from_running = (step.server_kept_from_running + kept(load->server)) / took;
    step.seconds = (double)step.commands * interval / 1e6;
    step.server_user += processor(load, false);
    step.server_kernel += processor(load, true);
    judge(load, &step);
    if (load->skipped) begin_anew(load);
    return step;
}

/* Another program took the core from one of us: what failed then says nothing. */
static bool disturbed(const struct step *one) { return one->kept_from_running > 0.02 || one->server_kept_from_running > 0.02; }

/* A rate is held if one of two tries holds. Tries that were disturbed do not count, for so many times in all. */
static bool holds(struct load *load, double rate, double seconds, int *pardons, void (*told)(const struct step *)) {
    for (int tries = 0; tries < 2;) {
        struct step step = run_step(load, rate, seconds);
        told(&step);
        if (step.held) return true;
        if (load->trouble[0] || !step.complete) return false; /* what is missing will not come at a second try */
        usleep(200000);
        if (disturbed(&step) && *pardons > 0) {
            --*pardons;
            continue;
        }
        tries++;
        if (step.given_up && step.seconds < seconds / 2) return false; /* far too fast: no need to try again */
    }
    return false;
}

/* Where the highest rate held and the lowest that failed have met, the latter is tried once more: it may have failed in
 * a bad moment of the machine's, and such moments last longer than two tries. If it is held now, the search goes on. */
double search(struct load *load, double start, double growth, double seconds, void (*told)(const struct step *)) {
    double held = 0, failed = 0, rate = start;
    int pardons = 12;
    bool last_word = false;
    for (int steps = 0; steps < 30; steps++) {
        if (holds(load, rate, seconds, &pardons, told)) {
            held = rate;
            if (last_word) failed = 0, last_word = false;
        } else {
            failed = rate;
            if (last_word) break;
        }
        if (load->trouble[0]) break;
        if (held && failed && failed / held < 1.04) {
            rate = failed;
            last_word = true;
        } else if (held && failed)
            rate = __builtin_sqrt(held * failed);
        else
            rate = held ? rate * growth : rate / growth;
    }
    return held;
}
