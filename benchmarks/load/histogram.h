/* A histogram of microseconds with a resolution of about 1/64 (the bucket scheme of HDR histograms). */
#pragma once

#include <stdint.h>
#include <string.h>

#define HISTOGRAM_SIZE (64 * 28)

struct histogram {
    uint64_t count, most;
    uint64_t at[HISTOGRAM_SIZE];
};

static inline void histogram_add(struct histogram *to, uint64_t value) {
    if (value > UINT32_MAX) value = UINT32_MAX;
    unsigned shift = value < 128 ? 0 : 25 - (unsigned)__builtin_clz((uint32_t)value);
    to->at[shift * 64 + (value >> shift)]++;
    to->count++;
    if (value > to->most) to->most = value;
}

/* The quantile `share` (0.99: the 99th percentile), in milliseconds: the upper end of its bucket. */
static inline double histogram_ms(const struct histogram *in, double share) {
    uint64_t wanted = (uint64_t)((double)in->count * share), seen = 0;
    for (unsigned place = 0; place < HISTOGRAM_SIZE; place++) {
        seen += in->at[place];
        if (seen > wanted || seen == in->count) {
            unsigned shift = place < 128 ? 0 : place / 64 - 1;
            uint64_t upper = ((uint64_t)(place - shift * 64 + 1) << shift) - 1;
            return (double)(upper < in->most ? upper : in->most) / 1000.0;
        }
    }
    return 0;
}

static inline void histogram_clear(struct histogram *one) { memset(one, 0, sizeof *one); }
