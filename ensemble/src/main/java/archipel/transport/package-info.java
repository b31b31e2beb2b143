/**
 * Calls between the members of an ensemble: Raft's messages of all groups, forwarded writes, pieces of images. Members
 * are known by stable names; where one is, is looked up at each connection.
 *
 * <p>Each member dials each other one, with a TCP connection for each {@link archipel.transport.Lane} that it uses, and
 * sends its requests over it; answers come back in any order. All of it is TLS 1.3 with certificates that the nodes make
 * themselves, and both sides prove that they know the ensemble's secret before anything else is read.
 */
@NullMarked
package archipel.transport;

import org.jspecify.annotations.NullMarked;
