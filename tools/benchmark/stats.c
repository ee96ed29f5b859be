#include "stats.h"

#include <stdlib.h>
#include <time.h>

int64_t stats_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int compare_int(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t stats_median(int64_t *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_int);
    return count == 0 ? 0 : values[count / 2];
}

void series_add(struct series *series, double value)
{
    if (series->count < ROUNDS_MAX) {
        series->values[series->count++] = value;
    }
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value below which SHARE of them lie. */
static double quantile(const struct series *series, double share)
{
    struct series sorted = *series;
    if (sorted.count == 0) {
        return 0;
    }
    qsort(sorted.values, (size_t)sorted.count, sizeof sorted.values[0], compare_double);
    return sorted.values[(int)(share * (sorted.count - 1) + 0.5)];
}

double series_median(const struct series *series)
{
    return quantile(series, 0.5);
}

double series_spread(const struct series *series)
{
    double median = series_median(series);
    return median > 0 ? (quantile(series, 0.75) - quantile(series, 0.25)) / 2 / median : 0;
}
