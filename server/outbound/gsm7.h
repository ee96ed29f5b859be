/*
 * gsm7: how much of a text message a text takes (3GPP TS 23.038).
 *
 * A text whose characters are all in the GSM 7-bit default alphabet or its extension goes as septets; any other one, such as Arabic, goes
 * as UCS-2, where a character outside the basic plane takes two units.
 *
 *              one part     each of several
 *   septets    160          153
 *   UCS-2      70           67
 *
 * Threads  re-entrant.
 */
#ifndef HAYAT_OUTBOUND_GSM7_H
#define HAYAT_OUTBOUND_GSM7_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

struct sms_size {
    bool gsm7;    /* else UCS-2 */
    size_t units; /* septets or UCS-2 units */
    size_t parts;
};

/* False when TEXT is not UTF-8. */
bool sms_measure(bytes text, struct sms_size *ret_size);

#endif
