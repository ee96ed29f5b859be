/*
 * table_memory: memory for the large tables that every call looks into at one place or another.
 *
 * Large pages where the kernel gives them: a look at any place of a table then costs no walk through page tables, which under a
 * hypervisor is dear.
 *
 * Memory  zeroes; comes from the system as it is touched, in steps of 2 MiB.
 */
#ifndef HAYAT_BASE_TABLE_MEMORY_H
#define HAYAT_BASE_TABLE_MEMORY_H

#include <stddef.h>

/* NULL when there is none. */
void *table_memory_new(size_t size);
/* The SIZE it was asked with.  NULL is fine. */
void table_memory_free(void *memory, size_t size);

#endif
