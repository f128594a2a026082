"""DomainAdapt: synthesize training pairs, train models, and fit them to new scanners."""
