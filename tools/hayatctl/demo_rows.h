/*
 * demo_rows: the invented fund's rows, as CSV in the feed's layouts (service/feed_rows.h).  Errors are the stream's.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_ROWS_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_ROWS_H

#include <stdio.h>

#include "service/feed_rows.h"
#include "tools/hayatctl/demo_claims.h"
#include "tools/hayatctl/demo_rights.h"

void demo_row_member(FILE *out, const struct demo_member *member);
void demo_row_person(FILE *out, const struct demo_member *member, uint32_t seq);
void demo_row_card(FILE *out, const struct demo_member *member, uint32_t seq, bool with_photo);
void demo_row_pension(FILE *out, const struct demo_member *member, uint32_t seq);
void demo_row_period(FILE *out, const struct demo_member *member, uint32_t seq,
                     const struct demo_period *period);
void demo_row_exemption(FILE *out, const struct demo_member *member, uint32_t seq,
                        const struct demo_exemption *exemption);
void demo_row_account(FILE *out, const struct demo_member *member,
                      const struct demo_account *account);
void demo_row_claim(FILE *out, const struct demo_member *member, const struct demo_claim *claim);
/* AT: its place, from 0. */
void demo_row_line(FILE *out, const struct demo_member *member, const struct demo_claim *claim,
                   uint32_t at);
void demo_row_payment(FILE *out, const struct demo_member *member, const struct demo_claim *claim);
void demo_row_authorization(FILE *out, const struct demo_member *member,
                            const struct demo_authorization *authorization);
void demo_row_authorization_line(FILE *out, const struct demo_member *member,
                                 const struct demo_authorization *authorization, uint32_t at);

/* The rows of one kind of reference set, or of the campaigns; returns how many.  0 for kinds of members. */
uint64_t demo_rows_common(FILE *out, enum feed_kind kind, struct date today);

#endif
