{{/*
KEDA: as many pods as the group's lag asks for, one trigger a topic, up to as many as can have a partition. At least
one, for a consumer also publishes what its outbox holds. No excludePersistentLag: a group that commits less often
than KEDA looks would never scale.
*/}}
{{- define "naru.scaling" -}}
{{- $ := . -}}
{{- $keda := .root.Values.global.keda -}}
{{- $partitions := 1 -}}
{{- range .topology.consumes.topics -}}
{{- $partitions = max $partitions (int .partitions) -}}
{{- end -}}
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: {{ .name }}-kafka
  labels: {{- include "naru.labels" . | nindent 4 }}
spec:
  configMapTargetRef:
    - parameter: username
      name: {{ .name }}
      key: KAFKA_USERNAME
  secretTargetRef:
    - parameter: password
      name: naru-{{ .name }}
      key: password
    - parameter: ca
      name: {{ .root.Values.global.kafka.caSecret }}
      key: ca.crt
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ .name }}-consumer
  labels: {{- include "naru.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    name: {{ .name }}-consumer
  minReplicaCount: 1
  maxReplicaCount: {{ $partitions }}
  pollingInterval: {{ $keda.pollingIntervalSeconds }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: {{ $keda.scaleDown.stabilizationSeconds }}
          policies:
            - type: Pods
              value: 1
              periodSeconds: {{ $keda.scaleDown.periodSeconds }}
  triggers:
    {{- range .topology.consumes.topics }}
    - type: kafka
      metadata:
        bootstrapServers: {{ include "naru.kafkaBootstrap" $ }}
        consumerGroup: {{ $.topology.consumes.group }}
        topic: {{ .name }}
        lagThreshold: {{ $.settings.lagThreshold | quote }}
        # A group without a committed offset starts at the first record, and so does its lag.
        offsetResetPolicy: earliest
        limitToPartitionsWithLag: 'true'
        # The protocol that KEDA speaks; Kafka 4 takes all from 2.1 on (KIP-896).
        version: 2.8.0
        sasl: scram_sha512
        tls: enable
      authenticationRef:
        name: {{ $.name }}-kafka
    {{- end }}
{{- end }}
