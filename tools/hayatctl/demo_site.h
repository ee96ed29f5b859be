/*
 * demo_site: a whole installation in one directory, for a demonstration: keys, certificates, an invented fund of pensioners abroad, their
 * devices, agents, the server and the courier as processes of their own, and the clock they all live by.
 *
 * Everything but the devices is made by hayatctl's own commands, as an operator would; what they say is in DIRECTORY/site.log.
 * Device keys come from the seed: for invented people alone.
 * Threads  one at a time; the clock may be read by any.
 * Errors   FILE_UNWRITABLE · FILE_UNREADABLE · CONFIG_INVALID (a command failed: site.log) · CONNECTION_FAILED (the server did not start:
 *          server.log) and the store's.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_SITE_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_SITE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/id.h"
#include "base/shifted_clock.h"
#include "tools/hayatctl/demo_member.h"

enum { SITE_KEY_SEED_BYTES = 32, SITE_PATH_BYTES = 1024 };

struct demo_window {
    struct date open, due, grace_end;
};

struct demo_site {
    char directory[SITE_PATH_BYTES];
    char programs[SITE_PATH_BYTES]; /* where hayatctl itself is */
    struct demo_fund fund;
    struct demo_window window;
    int agents; /* reviewers */
    int port, agents_port;
    struct shifted_clock clock;
    _Atomic int64_t *shift_ms;
    pid_t server, courier;
};

/* The directory, fund, window and number of agents are set; makes the rest.  DEVICES gets a device of each member. */
status demo_site_make(struct demo_site *site, struct id *devices);
/* The device key of member INDEX. */
void demo_site_key_seed(const struct demo_site *site, uint32_t index,
                        uint8_t ret_seed[SITE_KEY_SEED_BYTES]);
status demo_site_start(struct demo_site *site);
/* False when the server ended otherwise than well. */
bool demo_site_stop(struct demo_site *site);
/* Moves the clock on by whole days. */
void demo_site_pass_days(struct demo_site *site, int days);
/* Civil day, as days since 1970. */
int64_t demo_site_today(const struct demo_site *site);
/* Most of the server's memory so far, in KiB. */
struct demo_memory {
    int64_t own_kib; /* as it was seen at a look */
    int64_t
        all_kib; /* with the store's file, as far as it is mapped: the kernel takes that back as it likes */
};
void demo_site_look_at_memory(const struct demo_site *site, struct demo_memory *memory);
/* DIRECTORY/NAME. */
bool demo_site_path(const struct demo_site *site, const char *name, char ret[SITE_PATH_BYTES]);
/* The fund's public key, as hayatctl receipt-key prints it. */
status demo_site_receipt_key(const struct demo_site *site, uint8_t ret_key[32]);

#endif
