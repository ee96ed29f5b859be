/* stats: the clock, medians and spread of a few rounds. */
#ifndef HAYAT_BENCH_STATS_H
#define HAYAT_BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

enum { ROUNDS_MAX = 31 };

/* One figure of each round. */
struct series {
    double values[ROUNDS_MAX];
    int count;
};

int64_t stats_now_ns(void);
/* Sorts VALUES; 0 of none. */
int64_t stats_median(int64_t *values, size_t count);

void series_add(struct series *series, double value);
double series_median(const struct series *series);
/* Half the distance between the quartiles, as a share of the median. */
double series_spread(const struct series *series);

#endif
