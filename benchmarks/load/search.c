/* The search for the highest rate that is held. */
#define _GNU_SOURCE
#include <unistd.h>

#include "load.h"

#define DISTURBED_RETRIES 12 /* in one search */
#define MOST_RATES 30        /* tried in one search */

/* Another program had a core that the generator or the server needed: a failure says nothing then. */
static bool disturbed(const struct load *load, const struct step *one) {
    return one->run_delay > load->disturbed || one->server_run_delay > load->disturbed;
}

/* A rate is held if one of two tries succeeds. Disturbed tries do not count, up to *retries times in one search. */
static bool holds(struct load *load, double rate, double seconds, int *retries, void (*report)(const struct step *)) {
    for (int tries = 0; tries < 2;) {
        struct step step = run_step(load, rate, seconds);
        report(&step);
        if (step.held) return true;
        if (load->trouble[0] || !step.complete) return false; /* lost copies would count against the next try, too */
        usleep(200000);
        if (disturbed(load, &step) && *retries > 0) {
            --*retries;
            continue;
        }
        tries++;
        if (step.given_up && step.seconds < seconds / 2) return false; /* far too fast: a second try is pointless */
    }
    return false;
}

/* Grow from start until a rate fails, then bisect (geometric mean) to 4 %. The lowest failed rate is then tried once more,
 * since a disturbance may outlast two tries; if it is held now, the search continues upwards. Returns copies per second. */
double search(struct load *load, double start, double growth, double seconds, void (*report)(const struct step *)) {
    double held = 0, failed = 0, rate = start;
    int retries = DISTURBED_RETRIES;
    bool last_try = false;
    for (int steps = 0; steps < MOST_RATES; steps++) {
        if (holds(load, rate, seconds, &retries, report)) {
            held = rate;
            if (last_try) failed = 0, last_try = false;
        } else {
            failed = rate;
            if (last_try) break;
        }
        if (load->trouble[0]) break;
        if (held && failed && failed / held < 1.04) {
            rate = failed;
            last_try = true;
        } else if (held && failed)
            rate = __builtin_sqrt(held * failed);
        else
            rate = held ? rate * growth : rate / growth;
    }
    return held;
}
