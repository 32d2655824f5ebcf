/* Switching stacks in assembly.
 *
 * A switch is a call that returns on another stack. Around a call the compiler saves the registers
 * that the called function may overwrite, so only those remain that it must preserve: some
 * registers, the stack pointer, and the floating-point control words. assembly_jump saves these in
 * a frame on the stack that it leaves, and restores them from the frame on the other.
 *
 * A new stack gets a frame that "returns" to assembly_start, which calls entry(argument). It is the
 * outermost function of the stack: its return address is undefined, where debuggers stop unwinding.
 *
 * Sources: System V ABI, AMD64 supplement, 3.2.1 to 3.2.3; Procedure Call Standard for the Arm
 * 64-bit Architecture, 6.1 and 6.2; the assembler's manual for .cfi_ directives. */
#include "coroutine_switch.h"

#include <stdint.h>

#if defined(__x86_64__) && defined(__LP64__)

struct frame {
    uint32_t mxcsr;
    uint16_t x87_control, unused;
    uint64_t r15, r14;
    coroutine_entry *entry; /* r13 */
    void *argument;         /* r12 */
    uint64_t rbx, rbp;
    void (*resume)(void);
    uint64_t end[2]; /* no return address; and what starts here is aligned to 16 */
};

__asm__(".text\n"
        ".p2align 4\n"
        ".globl assembly_jump\n.hidden assembly_jump\n.type assembly_jump, %function\n"
        "assembly_jump:\n"
        ".cfi_startproc\n"
        "subq $56, %rsp\n"
        ".cfi_adjust_cfa_offset 56\n"
        "stmxcsr (%rsp)\n"
        "fnstcw 4(%rsp)\n"
        "movq %r15, 8(%rsp)\n.cfi_rel_offset %r15, 8\n"
        "movq %r14, 16(%rsp)\n.cfi_rel_offset %r14, 16\n"
        "movq %r13, 24(%rsp)\n.cfi_rel_offset %r13, 24\n"
        "movq %r12, 32(%rsp)\n.cfi_rel_offset %r12, 32\n"
        "movq %rbx, 40(%rsp)\n.cfi_rel_offset %rbx, 40\n"
        "movq %rbp, 48(%rsp)\n.cfi_rel_offset %rbp, 48\n"
        "movq %rsp, (%rdi)\n"
        "movq %rsi, %rsp\n"
        "ldmxcsr (%rsp)\n"
        "fldcw 4(%rsp)\n"
        "movq 8(%rsp), %r15\n.cfi_restore %r15\n"
        "movq 16(%rsp), %r14\n.cfi_restore %r14\n"
        "movq 24(%rsp), %r13\n.cfi_restore %r13\n"
        "movq 32(%rsp), %r12\n.cfi_restore %r12\n"
        "movq 40(%rsp), %rbx\n.cfi_restore %rbx\n"
        "movq 48(%rsp), %rbp\n.cfi_restore %rbp\n"
        "addq $56, %rsp\n"
        ".cfi_adjust_cfa_offset -56\n"
        /* No ret: its predicted target would be the caller on the other stack. */
        "popq %rcx\n.cfi_adjust_cfa_offset -8\n.cfi_register %rip, %rcx\n"
        "jmp *%rcx\n"
        ".cfi_endproc\n"
        ".size assembly_jump, . - assembly_jump\n"

        ".p2align 4\n"
        ".globl assembly_start\n.hidden assembly_start\n.type assembly_start, %function\n"
        "assembly_start:\n"
        ".cfi_startproc\n"
        ".cfi_undefined %rip\n"
        "movq %r12, %rdi\n"
        "callq *%r13\n"
        "ud2\n"
        ".cfi_endproc\n"
        ".size assembly_start, . - assembly_start\n");

static void frame_take_control(struct frame *frame)
{
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(frame->mxcsr), "=m"(frame->x87_control));
}

#elif defined(__aarch64__) && defined(__LP64__)

struct frame {
    coroutine_entry *entry; /* x19 */
    void *argument;         /* x20 */
    uint64_t x21_to_x29[9];
    void (*resume)(void); /* x30 */
    uint64_t d8_to_d15[8];
    uint64_t fpcr, unused; /* the stack is aligned to 16 at all times */
};

__asm__(".text\n"
        ".p2align 4\n"
        ".globl assembly_jump\n.hidden assembly_jump\n.type assembly_jump, %function\n"
        "assembly_jump:\n"
        ".cfi_startproc\n"
        "sub sp, sp, #176\n"
        ".cfi_adjust_cfa_offset 176\n"
        "stp x19, x20, [sp, #0]\n.cfi_rel_offset x19, 0\n.cfi_rel_offset x20, 8\n"
        "stp x21, x22, [sp, #16]\n.cfi_rel_offset x21, 16\n.cfi_rel_offset x22, 24\n"
        "stp x23, x24, [sp, #32]\n.cfi_rel_offset x23, 32\n.cfi_rel_offset x24, 40\n"
        "stp x25, x26, [sp, #48]\n.cfi_rel_offset x25, 48\n.cfi_rel_offset x26, 56\n"
        "stp x27, x28, [sp, #64]\n.cfi_rel_offset x27, 64\n.cfi_rel_offset x28, 72\n"
        "stp x29, x30, [sp, #80]\n.cfi_rel_offset x29, 80\n.cfi_rel_offset x30, 88\n"
        "stp d8, d9, [sp, #96]\n.cfi_rel_offset d8, 96\n.cfi_rel_offset d9, 104\n"
        "stp d10, d11, [sp, #112]\n.cfi_rel_offset d10, 112\n.cfi_rel_offset d11, 120\n"
        "stp d12, d13, [sp, #128]\n.cfi_rel_offset d12, 128\n.cfi_rel_offset d13, 136\n"
        "stp d14, d15, [sp, #144]\n.cfi_rel_offset d14, 144\n.cfi_rel_offset d15, 152\n"
        "mrs x9, fpcr\n"
        "str x9, [sp, #160]\n"
        "mov x10, sp\n"
        "str x10, [x0]\n"
        "mov sp, x1\n"
        "ldr x10, [sp, #160]\n"
        "cmp x9, x10\n"
        "b.eq 1f\n" /* usually equal, and writing it is slow */
        "msr fpcr, x10\n"
        "1:\n"
        "ldp x19, x20, [sp, #0]\n.cfi_restore x19\n.cfi_restore x20\n"
        "ldp x21, x22, [sp, #16]\n.cfi_restore x21\n.cfi_restore x22\n"
        "ldp x23, x24, [sp, #32]\n.cfi_restore x23\n.cfi_restore x24\n"
        "ldp x25, x26, [sp, #48]\n.cfi_restore x25\n.cfi_restore x26\n"
        "ldp x27, x28, [sp, #64]\n.cfi_restore x27\n.cfi_restore x28\n"
        "ldp x29, x30, [sp, #80]\n.cfi_restore x29\n.cfi_restore x30\n"
        "ldp d8, d9, [sp, #96]\n.cfi_restore d8\n.cfi_restore d9\n"
        "ldp d10, d11, [sp, #112]\n.cfi_restore d10\n.cfi_restore d11\n"
        "ldp d12, d13, [sp, #128]\n.cfi_restore d12\n.cfi_restore d13\n"
        "ldp d14, d15, [sp, #144]\n.cfi_restore d14\n.cfi_restore d15\n"
        "add sp, sp, #176\n"
        ".cfi_adjust_cfa_offset -176\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size assembly_jump, . - assembly_jump\n"

        ".p2align 4\n"
        ".globl assembly_start\n.hidden assembly_start\n.type assembly_start, %function\n"
        "assembly_start:\n"
        ".cfi_startproc\n"
        ".cfi_undefined x30\n"
        "mov x0, x20\n"
        "blr x19\n"
        "brk #1\n"
        ".cfi_endproc\n"
        ".size assembly_start, . - assembly_start\n");

static void frame_take_control(struct frame *frame)
{
    __asm__ volatile("mrs %0, fpcr" : "=r"(frame->fpcr));
}

#endif

#if (defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__)

__attribute__((visibility("hidden"))) void assembly_jump(void **from, void *to);
__attribute__((visibility("hidden"))) void assembly_start(void);

static void *assembly_prepare(char *stack, size_t bytes, coroutine_entry *entry, void *argument)
{
    size_t rest = (bytes - sizeof(struct frame)) & ~(size_t)15;
    struct frame *frame = (struct frame *)(stack + rest);
    *frame = (struct frame){.entry = entry, .argument = argument, .resume = assembly_start};
    frame_take_control(frame);
    return frame;
}

const struct coroutine_backend coroutine_assembly = {
    .name = "assembly", .prepare = assembly_prepare, .jump = assembly_jump};

#else

const struct coroutine_backend coroutine_assembly = {
    .name = "assembly",
    .missing = "its switch exists for x86-64 and aarch64 only; 'coroutine' runs everywhere"};

#endif
