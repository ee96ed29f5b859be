/*
 * feed_fill: the kinds of rows whose rules have files of their own (feed_rows_bank.c, feed_rows_campaign.c, feed_rows_claims.c, feed_rows_reference.c);
 * for service/feed_rows*.c only.  Each fills ROW's record from a row whose values are all text.
 */
#ifndef HAYAT_SERVICE_FEED_FILL_H
#define HAYAT_SERVICE_FEED_FILL_H

#include "service/feed_values.h"

/* Columns 0 and 1: the registration number and the seq. */
void feed_fill_key(struct feed_reading *r, uint32_t most_seq, struct feed_row *row);

void feed_fill_campaign_window(struct feed_reading *r, struct feed_row *row);
void feed_fill_reminder_plan(struct feed_reading *r, struct feed_row *row);
void feed_fill_life_confirmation(struct feed_reading *r, struct feed_row *row);
/* Columns 0 to 2 of a reference set, and a new item for its list; NULL when the arena is dry. */
void *feed_fill_set(struct feed_reading *r, struct feed_row *row,
                    Hayat__Store__V1__ReferenceKind kind,
                    const ProtobufCMessageDescriptor *item_type);
void *feed_list_of_one(struct feed_reading *r, void *item);
void feed_fill_tariff(struct feed_reading *r, struct feed_row *row);
void feed_fill_rate(struct feed_reading *r, struct feed_row *row);
void feed_fill_rejection_reason(struct feed_reading *r, struct feed_row *row);
void feed_fill_delay(struct feed_reading *r, struct feed_row *row);
void feed_fill_calendar(struct feed_reading *r, struct feed_row *row);
void feed_fill_retention_period(struct feed_reading *r, struct feed_row *row);
void feed_fill_bank_code(struct feed_reading *r, struct feed_row *row);
void feed_fill_rights(struct feed_reading *r, struct feed_row *row);
void feed_fill_exemption(struct feed_reading *r, struct feed_row *row);
void feed_fill_bank_account(struct feed_reading *r, struct feed_row *row);
void feed_fill_claim(struct feed_reading *r, struct feed_row *row);
void feed_fill_claim_line(struct feed_reading *r, struct feed_row *row);
void feed_fill_payment(struct feed_reading *r, struct feed_row *row);
void feed_fill_authorization(struct feed_reading *r, struct feed_row *row);
void feed_fill_authorization_line(struct feed_reading *r, struct feed_row *row);

#endif
