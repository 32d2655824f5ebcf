/* The workload of descriptors.c that runs short of descriptors. */
#ifndef WAITBENCH_DESCRIPTORS_H
#define WAITBENCH_DESCRIPTORS_H

enum { FEW_DESCRIPTORS = 200 }; /* that each of its processes may have */

#endif
