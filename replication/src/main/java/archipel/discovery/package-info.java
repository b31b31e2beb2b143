/**
 * Nodes on the local network, by DNS-SD over multicast DNS (RFC 6763 and 6762): says that this one is there, and hears
 * of others. Anybody on the network can say anything, so what is kept is bounded and nothing is believed.
 */
@NullMarked
package archipel.discovery;

import org.jspecify.annotations.NullMarked;
