/**
 * Calls between the members of an ensemble: Raft's messages of all groups, forwarded writes, pieces of images. Members
 * are known by stable names; where one is, is looked up at each connection.
 *
 * <p>Each member dials each other one, with a TCP connection for each {@link archipel.transport.Lane} that it uses, and
 * sends its requests over it; answers come back in any order. All of it is TLS 1.3 with certificates that the nodes
 * make themselves, and both sides prove that they know the ensemble's secret before anything else is read.
 *
 * <p>{@link archipel.transport.Transport} is a node's end of it. {@link archipel.transport.Link#call} sends a request
 * and never blocks; its {@link archipel.transport.Reply} gets exactly one answer or
 * {@link archipel.transport.CallFailure}, which says whether the request may have arrived. Nothing is ever sent twice.
 * A {@link archipel.transport.Handler} takes the requests of a {@link archipel.transport.Service}, in the order of
 * their lane, and answers when it likes.
 *
 * <p>Neither a member nor a stranger can make a node hold more than {@link archipel.transport.Bounds} allow, or wait
 * longer than {@link archipel.transport.Timing} does.
 */
@NullMarked
package archipel.transport;

import org.jspecify.annotations.NullMarked;
