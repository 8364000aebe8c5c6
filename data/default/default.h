/* The default network as bytes of the program: see data/default/README.md. */
#ifndef DATA_DEFAULT_DEFAULT_H
#define DATA_DEFAULT_DEFAULT_H

#include <stdint.h>

extern const unsigned char default_network_config[];  /* config.json */
extern const unsigned char default_network_weights[]; /* model.safetensors */
extern const uint64_t default_network_config_size, default_network_weights_size;

#endif
