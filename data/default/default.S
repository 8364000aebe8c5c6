/* Embeds the default network. Paths are from the top of the sources. */
    .section .rodata

    .balign 64
    .global default_network_weights
default_network_weights:
    .incbin "data/default/model.safetensors"
weights_end:

    .balign 8
    .global default_network_config
default_network_config:
    .incbin "data/default/config.json"
config_end:

    .balign 8
    .global default_network_weights_size
default_network_weights_size:
    .quad weights_end - default_network_weights

    .global default_network_config_size
default_network_config_size:
    .quad config_end - default_network_config

    .section .note.GNU-stack, "", %progbits
