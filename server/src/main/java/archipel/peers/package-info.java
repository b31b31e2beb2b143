/** The mesh over HTTP: what admins ask of it ({@code _peers}), and what its nodes ask of each other ({@code _mesh}). */
@NullMarked
package archipel.peers;

import org.jspecify.annotations.NullMarked;
