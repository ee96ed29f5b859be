/* certificate: a self-signed certificate, invented on the spot, as PEM in the harness's arena. */
#ifndef HAYAT_TESTS_CERTIFICATE_H
#define HAYAT_TESTS_CERTIFICATE_H

#include "tests/support/harness.h"

/* Ends at END_MS. */
ProtobufCBinaryData fresh_certificate(struct harness *h, int64_t end_ms);
/* ... made for a staff number, as hayatctl makes them. */
ProtobufCBinaryData fresh_certificate_of(struct harness *h, int64_t end_ms,
                                         const char *staff_number);

#endif
