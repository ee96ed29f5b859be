/*
 * event: what a completion queue gives back.  Every tag handed to the core is a struct event inside
 * the thing it is about; the thread of the queue calls run.
 */
#ifndef HAYAT_RPC_EVENT_H
#define HAYAT_RPC_EVENT_H

#include <stdbool.h>
#include <stddef.h>

struct event {
    void (*run)(struct event *event, bool ok);
};

/* The struct TYPE whose MEMBER is at PTR. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
