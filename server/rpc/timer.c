#include "rpc/timer.h"

#include <stddef.h>

/* Two heaps become one: the later root becomes the first child of the earlier.  Either may be NULL.
   */
static struct timer *meld(struct timer *a, struct timer *b)
{
    if (a == NULL || b == NULL) {
        return a == NULL ? b : a;
    }
    if (b->at_us < a->at_us) {
        struct timer *earlier = b;
        b = a;
        a = earlier;
    }
    b->previous = a;
    b->next = a->child;
    if (b->next != NULL) {
        b->next->previous = b;
    }
    a->child = b;
    return a;
}

static void detach(struct timer *timer)
{
    timer->next = NULL;
    timer->previous = NULL;
}

/* The two passes of a pairing heap, without recursion: pairs from the left, then all of them from
   the right. */
static struct timer *meld_siblings(struct timer *first)
{
    struct timer *pairs = NULL;
    while (first != NULL) {
        struct timer *second = first->next;
        struct timer *rest = second == NULL ? NULL : second->next;
        detach(first);
        if (second != NULL) {
            detach(second);
        }
        struct timer *pair = meld(first, second);
        pair->next = pairs;
        pairs = pair;
        first = rest;
    }
    struct timer *root = NULL;
    while (pairs != NULL) {
        struct timer *rest = pairs->next;
        detach(pairs);
        root = meld(root, pairs);
        pairs = rest;
    }
    return root;
}

void timer_disarm(struct timer_heap *heap, struct timer *timer)
{
    if (!timer->armed) {
        return;
    }
    struct timer *orphans = meld_siblings(timer->child);
    timer->child = NULL;
    if (timer == heap->root) {
        heap->root = orphans;
    } else {
        if (timer->previous->child == timer) {
            timer->previous->child = timer->next;
        } else {
            timer->previous->next = timer->next;
        }
        if (timer->next != NULL) {
            timer->next->previous = timer->previous;
        }
        heap->root = meld(heap->root, orphans);
    }
    detach(timer);
    timer->armed = false;
}

void timer_arm(struct timer_heap *heap, struct timer *timer, int64_t at_us)
{
    timer_disarm(heap, timer);
    timer->at_us = at_us;
    timer->armed = true;
    heap->root = meld(heap->root, timer);
}

int64_t timer_next_us(const struct timer_heap *heap)
{
    return heap->root == NULL ? INT64_MAX : heap->root->at_us;
}

void timer_run_due(struct timer_heap *heap, int64_t now_us)
{
    while (heap->root != NULL && heap->root->at_us <= now_us) {
        struct timer *due = heap->root;
        timer_disarm(heap, due);
        due->run(due);
    }
}
