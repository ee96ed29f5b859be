/*
 * enrolment_message: what a device signs while it enrols: "hayat enrolment v1" ‖ 0x00 ‖ act ‖ 0x00 ‖ text ‖ 0x00 ‖ rest.
 *
 *   start    registration number · public key
 *   confirm  enrolment id · code, as sent
 *   resend   enrolment id · nothing, and no 0x00 before it
 * No text holds a NUL (SEC-E5), so no two messages are alike.
 * Memory   the message lives in the arena; {NULL, 0} when it ran dry.
 */
#ifndef HAYAT_AUTH_ENROLMENT_MESSAGE_H
#define HAYAT_AUTH_ENROLMENT_MESSAGE_H

#include "base/arena.h"
#include "base/bytes.h"

bytes enrolment_message_start(struct arena *arena, bytes registration_number, bytes public_key);
bytes enrolment_message_confirm(struct arena *arena, bytes enrolment_id, bytes code);
bytes enrolment_message_resend(struct arena *arena, bytes enrolment_id);

#endif
