package archipel.ensemble;

/**
 * Whose commands are told from all others, so that each is applied once however often it is sent.
 *
 * @param member random bits on a node's disk
 * @param run greater at each start of the node
 */
record Origin(long member, long run) {}
