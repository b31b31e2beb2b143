/**
 * Three processes of one system under load: an ensemble of ours, of etcd and of ZooKeeper, each through the kind of
 * client that it has, with the same loop around. {@link archipel.trios.EnsembleDriver} is where it starts.
 */
@NullMarked
package archipel.trios;

import org.jspecify.annotations.NullMarked;
