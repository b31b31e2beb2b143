package archipel.command;

/**
 * How many locks there may be. Part of the command that takes one, so that all nodes refuse alike.
 *
 * @param locks that are held
 * @param waiters in one queue
 * @param ofUser how many locks one user may hold and wait for
 */
public record LockBounds(int locks, int waiters, int ofUser) {}
