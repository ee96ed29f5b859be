/*
 * challenge: the certificate that is proven by a video, and the challenge that its video must follow, as the server has them: nothing of it is kept here.
 *
 * Memory   replies live in hayat->arena.
 */
#ifndef HAYAT_CLI_CHALLENGE_H
#define HAYAT_CLI_CHALLENGE_H

#include "hayat.h"
#include "hayat/v1/life_certificate.pb-c.h"

/* The newest one by video that takes uploads; NULL when there is none. */
status challenge_certificate(struct hayat *hayat, struct patience patience,
                             Hayat__V1__LifeCertificate **ret_certificate);

#endif
