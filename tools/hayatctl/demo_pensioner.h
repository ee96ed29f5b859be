/*
 * demo_pensioner: what an invented pensioner does with a phone on a bad line: signs in, files, answers, looks.
 *
 * Threads  a pensioner is one thread's at a time.
 * Errors   what the server answered, or CONNECTION_FAILED.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_PENSIONER_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_PENSIONER_H

#include "hayat/v1/life_certificate.pb-c.h"
#include "tools/hayatctl/demo_call.h"
#include "tools/hayatctl/demo_form.h"
#include "tools/hayatctl/demo_site.h"

struct demo_pensioner {
    uint32_t index;
    struct id device;
    size_t form_bytes;
    char certificate_id[ID_TEXT_MAX]; /* "": none yet */
    int submissions;
    bool in_time;         /* as the fund's receipt of the first filing says */
    bool machine_refused; /* ... a file, before it was filed */
    int receipts_good, receipts_bad;
    Hayat__V1__ObligationState end; /* where the obligation stood when they looked */
};

struct demo_pension_desk {
    const struct demo_site *site;
    uint8_t receipt_key[32];
};

status demo_pensioner_sign_in(struct demo_caller *caller, const struct demo_pension_desk *desk,
                              const struct demo_pensioner *pensioner);
/* Opens a draft and uploads a form, and stops there. */
status demo_pensioner_begin(struct demo_caller *caller, struct demo_pensioner *pensioner,
                            enum demo_paper paper);
/* The same and submits it; a file that the machine refused is replaced by a whole one. */
status demo_pensioner_file(struct demo_caller *caller, const struct demo_pension_desk *desk,
                           struct demo_pensioner *pensioner, enum demo_paper paper);
/* By video: asks for a challenge, sends a film and an identity document, and submits them. */
status demo_pensioner_film(struct demo_caller *caller, const struct demo_pension_desk *desk,
                           struct demo_pensioner *pensioner);
/* When more was asked for: sends a whole form.  *RET_ASKED says whether it was. */
status demo_pensioner_answer(struct demo_caller *caller, const struct demo_pension_desk *desk,
                             struct demo_pensioner *pensioner, bool *ret_asked);
/* Where the obligation stands; checks every receipt without the server. */
status demo_pensioner_look(struct demo_caller *caller, const struct demo_pension_desk *desk,
                           struct demo_pensioner *pensioner);

#endif
