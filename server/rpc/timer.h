/*
 * timer: what shall happen later on one queue thread.  Its earliest time is the deadline of
 * grpc_completion_queue_next, so waiting costs no thread and no lock.
 *
 * A pairing heap made of its own elements: arming and disarming never allocate, whatever the number
 * of calls.
 *
 * Units    monotonic microseconds.
 * Memory   a timer is part of what waits (a call); it must stay until it ran or was disarmed.
 * Threads  a heap and its timers belong to one thread.
 */
#ifndef HAYAT_RPC_TIMER_H
#define HAYAT_RPC_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
    void (*run)(
        struct timer *timer); /* set once by the owner; the timer is disarmed when it runs */
    int64_t at_us;
    bool armed;
    struct timer *child, *next,
        *previous; /* the heap's: previous is the parent for a first child */
};

struct timer_heap {
    struct timer *root;
};

/* Arms TIMER for AT_US; an armed timer moves. */
void timer_arm(struct timer_heap *heap, struct timer *timer, int64_t at_us);
/* Does nothing to a timer that is not armed. */
void timer_disarm(struct timer_heap *heap, struct timer *timer);
/* INT64_MAX when nothing is armed. */
int64_t timer_next_us(const struct timer_heap *heap);
/* Runs every timer due at NOW_US, earliest first; one that arms itself again for later waits. */
void timer_run_due(struct timer_heap *heap, int64_t now_us);

#endif
